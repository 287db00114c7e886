# syntax=docker/dockerfile:1
# The silo, for amd64 and arm64. docs/container.md says how to run it.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish Silo -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
# Where RabbitMQ's image has its data: volumes of compose files that were written for it keep this broker's as well. Made here so that a
# new volume belongs to the user that the silo runs as.
RUN mkdir -p /var/lib/rabbitmq /etc/rabbitmq && chown "$APP_UID" /var/lib/rabbitmq
# What listens inside a container is reached from outside only where a port is published. Silo ports stay on loopback: they have no login.
# Diagnostics would write a socket into /tmp, which a read-only container does not have.
ENV Broker__Amqp__Address=0.0.0.0 \
    Broker__Management__Address=0.0.0.0 \
    Broker__Prometheus__Address=0.0.0.0 \
    Broker__Store__Path=/var/lib/rabbitmq/orleansbroker \
    DOTNET_EnableDiagnostics=0 \
    DOTNET_RUNNING_IN_CONTAINER=true
EXPOSE 5671 5672 15672 15692 30000 11111
VOLUME /var/lib/rabbitmq
USER $APP_UID
WORKDIR /etc/orleansbroker
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "/app/OrleansBroker.Silo.dll"]

using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Interfaces.Access;

namespace OrleansBroker.Gateway.Connections.Login;

/// <summary>Closes the connections of users and virtual hosts that were deleted.</summary>
internal sealed class LostAccess(IAccessControl access, ConnectionRegistry registry) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        access.Lost += Close;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        access.Lost -= Close;
        return Task.CompletedTask;
    }

    private void Close(AccessLoss loss) => registry.Close(client =>
        loss.VirtualHosts.Contains(client.VirtualHost) ? $"vhost '{client.VirtualHost}' is deleted"
        : loss.Users.Contains(client.User) ? $"user '{client.User}' is deleted"
        : null);
}

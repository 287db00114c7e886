using OrleansBroker.CommandLine.Invocations;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.CommandLine.Amqp;

/// <summary>The AMQP connection of a command. It does not recover: a command that loses its connection says so and ends.</summary>
internal sealed class AmqpLink(Target target) : IAsyncDisposable
{
    private const int NotFound = 404;
    private IConnection? _connection;

    /// <summary>As whom it is logged in.</summary>
    public string User => target.User;

    private IConnection Connection => _connection ?? throw new InvalidOperationException("The connection is not open.");

    public async Task OpenAsync(CancellationToken cancellationToken) => _connection ??= await new ConnectionFactory
    {
        HostName = target.Host,
        Port = target.Port,
        UserName = target.User,
        Password = target.Password,
        VirtualHost = target.VirtualHost,
        ClientProvidedName = "orleansbroker",
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        Ssl = new SslOption { Enabled = target.Tls, ServerName = target.Host },
    }.CreateConnectionAsync(cancellationToken);

    public Task<IChannel> ChannelAsync(CancellationToken cancellationToken) => Connection.CreateChannelAsync(null, cancellationToken);

    /// <summary>A publisher that learns what became of each message.</summary>
    public Task<ConfirmingPublisher> PublisherAsync(CancellationToken cancellationToken) => ConfirmingPublisher.OpenAsync(Connection, cancellationToken);

    /// <summary>Opens a channel and closes it: the broker works that far.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await using var channel = await ChannelAsync(cancellationToken);
        await channel.CloseAsync(cancellationToken);
    }

    /// <summary>Whether the exchange is there. The question costs a channel, because the broker closes it for a no.</summary>
    public async Task<bool> HasExchangeAsync(string exchange, CancellationToken cancellationToken)
    {
        await using var channel = await ChannelAsync(cancellationToken);
        try
        {
            await channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken);
            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == NotFound)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }
}

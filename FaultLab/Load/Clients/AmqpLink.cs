using System.Net.Sockets;
using RabbitMQ.Client;

namespace OrleansBroker.FaultLab.Load.Clients;

/// <summary>
/// An AMQP connection to one silo, which can be cut as a cable is. It does not recover: a client that lost its connection knows what
/// became of it, and opens another one.
/// </summary>
internal sealed class AmqpLink : IAsyncDisposable
{
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    // A silo that hangs is left after twice that.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly List<Socket> _sockets = [];
    private readonly TimeProvider _time;
    private IConnection? _connection;

    private AmqpLink(TimeProvider time) => _time = time;

    /// <summary>The connection.</summary>
    public IConnection Connection => _connection ?? throw new InvalidOperationException("The connection is not open.");

    /// <summary>Connects, within a few seconds or not at all.</summary>
    public static async Task<AmqpLink> OpenAsync(SiloEndpoint silo, LoadPlan plan, string name, CancellationToken cancellationToken)
    {
        var link = new AmqpLink(plan.Time);
        var factory = new ConnectionFactory
        {
            HostName = silo.Host,
            Port = silo.AmqpPort,
            UserName = plan.User,
            Password = plan.Password,
            ClientProvidedName = name,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = OpenTimeout,
            HandshakeContinuationTimeout = OpenTimeout,
            ContinuationTimeout = AnswerTimeout,
            SocketFactory = link.CreateSocket,
        };
        try
        {
            link._connection = await factory.CreateConnectionAsync(cancellationToken);
            return link;
        }
        catch
        {
            link.Cut();
            throw;
        }
    }

    /// <summary>Ends the connection without a word: the broker's side sees it reset.</summary>
    public void Cut()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets)
            {
                socket.Close(0);
            }
        }
    }

    /// <summary>Ends the connection in order.</summary>
    public Task CloseAsync() => Connection.CloseAsync(CloseTimeout);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Cut();
        if (_connection is not null)
        {
            // The library waits for threads of its own there; the socket is closed already.
            await _connection.DisposeAsync().AsTask().WaitAsync(CloseTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TcpClientAdapter CreateSocket(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_sockets)
        {
            _sockets.Add(socket);
        }

        return new TcpClientAdapter(socket);
    }
}

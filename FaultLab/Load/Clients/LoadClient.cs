using OrleansBroker.ClientLib;

namespace OrleansBroker.FaultLab.Load.Clients;

/// <summary>
/// A client of the load: one session after the other, each with a silo that is drawn, until it is to end. What it decides it draws from
/// a generator of its own.
/// </summary>
internal abstract class LoadClient(LoadScope scope, int number)
{
    private const int SessionsOfClient = 100_000;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(8);

    private int _sessions;

    /// <summary>How long the native client tries: longer than anything may take, so that the judge sees what did.</summary>
    protected TimeSpan RequestTimeout => scope.Plan.Patience + OpenTimeout;

    /// <summary>What it draws from.</summary>
    protected Random Random { get; } = new((scope.Plan.Seed * SessionsOfClient) + number);

    /// <summary>What it shares.</summary>
    protected LoadScope Scope => scope;

    /// <summary>Its name.</summary>
    protected string Name => $"{GetType().Name}-{number}";

    /// <summary>Runs sessions until the end. An outage ends a session; the next one may find another silo.</summary>
    public async Task RunAsync(CancellationToken ends)
    {
        while (!ends.IsCancellationRequested)
        {
            var silo = scope.Plan.Silos[Random.Next(scope.Plan.Silos.Count)];
            var pause = LongestPause * Random.NextDouble();
            try
            {
                await SessionAsync(silo, ends);
                pause = TimeSpan.Zero;
            }
            catch (OperationCanceledException) when (ends.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever a broker under faults does to its clients, the load goes on; the judge looks at what came of it.
                scope.Endings.AddOrUpdate($"{Name.Split('-')[0]}: {Describe(failure)}", 1, (_, count) => count + 1);
            }

            await Task.Delay(pause, scope.Plan.Time, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A session: from a connection to its end.</summary>
    protected abstract Task SessionAsync(SiloEndpoint silo, CancellationToken ends);

    /// <summary>A number for a publisher or consumer that nobody has had.</summary>
    protected int NextLife() => (number * SessionsOfClient) + ++_sessions;

    /// <summary>A connection of the native client, by all gateways with the silo's first.</summary>
    protected Task<Connection> OpenNativeAsync(SiloEndpoint silo, CancellationToken ends)
    {
        var options = new ConnectionOptions
        {
            User = scope.Plan.User,
            Password = scope.Plan.Password,
            ClientName = Name,
            ClusterId = scope.Plan.ClusterId,
            ServiceId = scope.Plan.ServiceId,
            OpenTimeout = OpenTimeout,
            RequestTimeout = RequestTimeout,
        };
        var gateways = scope.Plan.Silos.OrderBy(other => other != silo).Select(other => $"{other.Host}:{other.GatewayPort}");
        return Connection.OpenAsync(string.Join(',', gateways), options, ends);
    }

    private static string Describe(Exception failure)
    {
        var message = failure.GetBaseException().Message;
        const int MostOfMessage = 120;
        return $"{failure.GetType().Name}: {(message.Length > MostOfMessage ? message[..MostOfMessage] : message)}".ReplaceLineEndings(" ");
    }
}

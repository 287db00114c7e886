using System.Globalization;
using OrleansBroker.Grains.Delays;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology.Rows;

/// <summary>
/// Keys of the topology rows: <c>kind LF virtual-host LF name ...</c>. No name contains LF, so that a prefix which ends in LF
/// finds exactly what is below it. Only a routing key may contain LF; it always stands last.
/// </summary>
internal static class TopologyKeys
{
    public const string VirtualHosts = "vhost\n";
    public const string Leases = "lease\n";
    public const string Subscriptions = "subscription\n";

    /// <summary>Deadlines in the order of time, so that a sweep reads no further than what is due.</summary>
    public const string DueTimes = "due\n";

    /// <summary>Queues that do not outlive a restart: the few that a start visits among many durable ones.</summary>
    public const string TransientQueues = "transient-queue\n";

    /// <summary>Exchanges that do not outlive a restart.</summary>
    public const string TransientExchanges = "transient-exchange\n";

    /// <summary>Exclusive queues by the silo that hosts their owner.</summary>
    public const string OwnedQueues = "owned\n";

    /// <summary>Deleted queues, by incarnation, whose messages are still to be removed from the store.</summary>
    public const string Leftovers = "leftover\n";

    /// <summary>The sequence that queues and exchanges take their incarnations from.</summary>
    public const string Incarnations = "incarnation";

    public static string VirtualHost(string name) => VirtualHosts + name;

    public static string Exchanges(string virtualHost) => $"exchange\n{virtualHost}\n";
    public static string Exchange(ExchangeId id) => $"exchange\n{id.VirtualHost}\n{id.Name}";

    /// <summary>The version of an exchange's bindings, apart from its definition, which other rows' commits rely on to stay.</summary>
    public static string ExchangeVersion(ExchangeId id, long incarnation) => $"exchange-version\n{id.VirtualHost}\n{id.Name}\n{incarnation:x}";

    public static string TransientExchange(ExchangeId id) => $"{TransientExchanges}{id.VirtualHost}\n{id.Name}";

    public static string Queues(string virtualHost) => $"queue\n{virtualHost}\n";

    /// <summary>The queues of delayed messages, which are not the clients'.</summary>
    public static string DelayQueues(string virtualHost) => $"{Queues(virtualHost)}{DelayQueue.Mark}";

    public static string Queue(QueueId id) => $"queue\n{id.VirtualHost}\n{id.Name}";
    public static string TransientQueue(QueueId id) => $"{TransientQueues}{id.VirtualHost}\n{id.Name}";
    public static string OwnedQueuesOf(string silo) => $"{OwnedQueues}{silo}\n";
    public static string OwnedQueue(string silo, QueueId id) => $"{OwnedQueues}{silo}\n{id.VirtualHost}\n{id.Name}";

    public static string Deadline(QueueId id) => $"deadline\n{id.VirtualHost}\n{id.Name}";
    public static string DueTime(long unixMilliseconds, QueueId id) => $"{DueTimes}{unixMilliseconds:x16}\n{id.VirtualHost}\n{id.Name}";

    public static string Leftover(long incarnation) => $"{Leftovers}{incarnation:x16}";

    public static long IncarnationOfLeftover(string key) => long.Parse(Parts(key, 1)[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static string SubscriptionsOf(QueueId id) => $"{Subscriptions}{id.VirtualHost}\n{id.Name}\n";
    public static string Subscription(QueueId id, Guid subscription) => $"{Subscriptions}{id.VirtualHost}\n{id.Name}\n{subscription:N}";

    /// <summary>All bindings of a virtual host, by source.</summary>
    public static string Bindings(string virtualHost) => $"binding\n{virtualHost}\n";

    /// <summary>The bindings that an exchange is the source of.</summary>
    public static string BindingsFrom(ExchangeId source) => $"binding\n{source.VirtualHost}\n{source.Name}\n";

    /// <summary>The reverse rows of bindings that lead to the destination: what follows begins with the source's name.</summary>
    public static string BindingsTo(string virtualHost, Destination destination) =>
        $"bound\n{virtualHost}\n{Letter(destination.Kind)}\n{destination.Name}\n";

    /// <summary>A binding's row; equal bindings, and only they, have equal keys.</summary>
    public static string Binding(BindingDefinition binding) =>
        $"{BindingsFrom(binding.Source)}{Letter(binding.Destination.Kind)}\n{binding.Destination.Name}\n{ArgumentDigest.Of(binding.Arguments)}\n{binding.RoutingKey}";

    /// <summary>The row that finds the binding by its destination.</summary>
    public static string ReverseBinding(BindingDefinition binding) =>
        $"{BindingsTo(binding.Source.VirtualHost, binding.Destination)}{binding.Source.Name}\n{ArgumentDigest.Of(binding.Arguments)}\n{binding.RoutingKey}";

    /// <summary>The lease under which a silo routes.</summary>
    public static string Lease(string silo) => Leases + silo;

    /// <summary>The parts of a key after its kind; the last of <paramref name="count"/> takes what is left.</summary>
    public static string[] Parts(string key, int count)
    {
        var parts = key.Split('\n', count + 1);
        return parts.Length == count + 1 ? parts[1..] : throw new InvalidDataException($"topology key '{key}' has not {count} parts");
    }

    /// <summary>The source of a binding, from the key of its reverse row.</summary>
    public static ExchangeId SourceOfReverse(string key)
    {
        var parts = Parts(key, 5);
        return new ExchangeId(parts[0], parts[3]);
    }

    /// <summary>The key of a binding, from that of its reverse row.</summary>
    public static string BindingOfReverse(string key)
    {
        var parts = Parts(key, 6);
        return $"binding\n{parts[0]}\n{parts[3]}\n{parts[1]}\n{parts[2]}\n{parts[4]}\n{parts[5]}";
    }

    public static QueueId QueueOf(string key)
    {
        var parts = Parts(key, 2);
        return new QueueId(parts[0], parts[1]);
    }

    public static ExchangeId ExchangeOf(string key)
    {
        var parts = Parts(key, 2);
        return new ExchangeId(parts[0], parts[1]);
    }

    /// <summary>The queue of a key that has one more part (silo, time) before the virtual host.</summary>
    public static QueueId QueueAfterFirst(string key)
    {
        var parts = Parts(key, 3);
        return new QueueId(parts[1], parts[2]);
    }

    public static DestinationKind KindOf(string letter) => letter switch
    {
        "q" => DestinationKind.Queue,
        "e" => DestinationKind.Exchange,
        "s" => DestinationKind.Stream,
        _ => throw new InvalidDataException($"'{letter}' is no kind of destination"),
    };

    private static char Letter(DestinationKind kind) => kind switch
    {
        DestinationKind.Queue => 'q',
        DestinationKind.Exchange => 'e',
        _ => 's',
    };
}

using System.Buffers.Text;
using System.Text;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;

namespace OrleansBroker.Grains.Topology;

/// <summary>Names of queues, exchanges and virtual hosts, as clients give them and as they are kept.</summary>
internal static class EntityNames
{
    // AMQP 0-9-1 carries names as short strings.
    private const int MaxOctets = 255;
    private const string Reserved = "amq.";
    private const string ServerNamed = "amq.gen-";

    /// <summary>A name that nobody has: <c>amq.gen-</c> and 22 characters.</summary>
    public static string Generate()
    {
        Span<byte> random = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(random);
        return ServerNamed + Base64Url.EncodeToString(random);
    }

    public static QueueId Clean(QueueId id) => new(id.VirtualHost, Clean(id.Name));

    public static ExchangeId Clean(ExchangeId id) => new(id.VirtualHost, Clean(id.Name));

    public static BindingDefinition Clean(BindingDefinition binding)
    {
        var source = Clean(binding.Source);
        var destination = binding.Destination with { Name = Clean(binding.Destination.Name) };
        return source == binding.Source && destination == binding.Destination
            ? binding
            : binding with { Source = source, Destination = destination };
    }

    /// <summary>Checks the name of a queue that a client declares: 403 where it is reserved.</summary>
    public static void CheckQueue(string name)
    {
        if (name.StartsWith(Reserved, StringComparison.Ordinal))
        {
            throw new BrokerException(ReplyCode.AccessRefused, $"queue name '{name}' contains reserved prefix 'amq.*'");
        }

        CheckLength("queue name", name);
    }

    /// <summary>Checks the name of a virtual host that is created.</summary>
    public static void CheckVirtualHost(string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny('\r', '\n'))
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, "a vhost's name is not empty and has no line breaks");
        }

        CheckLength("vhost name", name);
    }

    /// <summary>Whether it can be a virtual host's name.</summary>
    public static bool IsVirtualHost(string name) =>
        name.Length > 0 && !name.AsSpan().ContainsAny('\r', '\n') && Encoding.UTF8.GetByteCount(name) <= MaxOctets;

    /// <summary>Checks where a binding to a stream of another provider leads: <c>provider/namespace/key</c>.</summary>
    public static void CheckStream(string name)
    {
        var first = name.IndexOf('/', StringComparison.Ordinal);
        var second = first < 0 ? -1 : name.IndexOf('/', first + 1);
        if (first < 1 || second <= first + 1 || second == name.Length - 1)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"stream '{name}' is not of the form provider/namespace/key");
        }

        CheckLength("stream name", name);
    }

    /// <summary>Clients' names may end in line breaks, which RabbitMQ drops too.</summary>
    private static string Clean(string name) =>
        name.AsSpan().ContainsAny('\r', '\n') ? string.Concat(name.Where(static c => c is not ('\r' or '\n'))) : name;

    private static void CheckLength(string what, string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxOctets)
        {
            throw new BrokerException(ReplyCode.PreconditionFailed, $"{what} is longer than {MaxOctets} octets");
        }
    }
}

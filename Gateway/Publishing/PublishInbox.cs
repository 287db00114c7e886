using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>
/// Puts a channel's published messages together from their frames: each octet is copied once, out of the pipe to where it stays. Of
/// a large body only as much memory is taken as has come, not what its header claims.
/// </summary>
internal sealed class PublishInbox(Slab slab, NameCache names, int maxMessageBytes)
{
    private const int FirstPiece = 128 * 1024;

    private readonly ContentAssembly _assembly = new(maxMessageBytes);
    private PublishGroup? _group;
    private int _expected = 1;
    private string _exchange = "";
    private string _routingKey = "";
    private BasicPublishFlags _flags;
    private ArraySegment<byte> _piece;
    private int _properties;

    /// <summary>Whether whole messages wait to be taken.</summary>
    public bool HasGroup => _group is not null;

    /// <summary>Whether the group is as large as it may become.</summary>
    public bool IsFull => _group is { IsFull: true };

    /// <summary>A method frame came.</summary>
    public AmqpError? OnMethod(MethodId method) => _assembly.OnMethod(method);

    /// <summary>A publish begins.</summary>
    public AmqpError? Begin(scoped in BasicPublish publish)
    {
        _exchange = names.Get(publish.Exchange);
        _routingKey = names.Get(publish.RoutingKey);
        _flags = publish.Flags;
        return (_flags & BasicPublishFlags.Immediate) == 0
            ? null
            : AmqpError.Of(ReplyCodes.NotImplemented, "immediate=true", MethodId.BasicPublish);
    }

    /// <summary>Its header came.</summary>
    public AmqpError? OnHeader(ReadOnlySpan<byte> payload)
    {
        var progress = _assembly.OnHeader(payload, out var header, out var error);
        if (error is not null)
        {
            return error;
        }

        _properties = header.Properties.Length;
        var whole = _properties + _assembly.BodySize;
        _piece = whole <= Slab.LargestPiece
            ? slab.Take(whole)
            : GC.AllocateUninitializedArray<byte>(_properties + Math.Min(_assembly.BodySize, FirstPiece));
        header.Properties.CopyTo(_piece);
        Complete(progress);
        return null;
    }

    /// <summary>A part of its body came.</summary>
    public AmqpError? OnBody(in Frame frame)
    {
        var progress = _assembly.OnBody(frame.Length, out var offset, out var error);
        if (error is null && progress != ContentProgress.Dropped)
        {
            var end = _properties + offset + frame.Length;
            if (end > _piece.Count)
            {
                Grow(end);
            }

            frame.CopyTo(_piece.AsSpan(_properties + offset));
            Complete(progress);
        }

        return error;
    }

    /// <summary>The messages that are whole.</summary>
    public PublishGroup TakeGroup()
    {
        var group = _group!;
        _group = null;
        _expected = group.Count;
        return group;
    }

    private void Grow(int end)
    {
        var larger = GC.AllocateUninitializedArray<byte>(Math.Min(_properties + _assembly.BodySize, Math.Max(end, _piece.Count * 2)));
        _piece.AsSpan().CopyTo(larger);
        _piece = larger;
    }

    private void Complete(ContentProgress progress)
    {
        if (progress != ContentProgress.Complete)
        {
            return;
        }

        ReadOnlyMemory<byte> octets = _piece;
        _group ??= new PublishGroup(_expected);
        _group.Add(
            new BrokerMessage(_exchange, _routingKey, octets[.._properties], octets[_properties..]),
            (_flags & BasicPublishFlags.Mandatory) != 0);
        _piece = default;
    }
}

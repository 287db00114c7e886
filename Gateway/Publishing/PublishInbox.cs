using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Content;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Gateway.Connections;
using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>
/// Puts a channel's published messages together from their frames: each octet is copied once, out of the pipe to where it stays. Of
/// a large body only as much memory is taken as has come, not what its header claims.
/// </summary>
internal sealed class PublishInbox(Slab slab, NameCache names, ChannelMemory memory, int maxMessageBytes)
{
    private readonly ContentAssembly _assembly = new(maxMessageBytes);
    private PublishGroup? _group;
    private int _expected = 1;
    private string _exchange = "";
    private string _routingKey = "";
    private BasicPublishFlags _flags;
    private ArraySegment<byte> _piece;
    private int _properties;
    private int _held;

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
            // Nothing of its body has come yet.
            : new byte[_properties];
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
            if (end > _piece.Count && !TryGrow(end))
            {
                return AmqpError.Of(
                    ReplyCodes.ResourceError,
                    $"unfinished messages and transactions of the connection are larger than configured max size {memory.Connection.Limit}",
                    MethodId.BasicPublish);
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

    // Smaller messages are not counted: a channel has but one that is not finished.
    private bool TryGrow(int end)
    {
        var size = Math.Min(_properties + _assembly.BodySize, Math.Max(end, _piece.Count * 2));
        if (!memory.Hold(size - _held))
        {
            return false;
        }

        _held = size;
        var larger = GC.AllocateUninitializedArray<byte>(size);
        _piece.AsSpan().CopyTo(larger);
        _piece = larger;
        return true;
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
        if (_held > 0)
        {
            memory.Hold(-_held);
            _held = 0;
        }
    }
}

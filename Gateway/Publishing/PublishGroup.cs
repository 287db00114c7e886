using OrleansBroker.Grains.Interfaces.Messages;

namespace OrleansBroker.Gateway.Publishing;

/// <summary>Messages of one channel that came in one read and are published together.</summary>
internal sealed class PublishGroup(int expected)
{
    /// <summary>The group is closed at so many messages, however many more one read has.</summary>
    public const int MostMessages = 1024;

    /// <summary>The group is closed at so many octets.</summary>
    public const int MostBytes = 1024 * 1024;

    private BrokerMessage[] _messages = new BrokerMessage[Math.Clamp(expected, 1, MostMessages)];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Octets of properties and bodies together.</summary>
    public int Bytes { get; private set; }

    /// <summary>Indexes of the messages that come back where they route nowhere, ascending; null where there are none.</summary>
    public List<int>? Mandatory { get; private set; }

    /// <summary>Whether it is to be closed.</summary>
    public bool IsFull => Count >= MostMessages || Bytes >= MostBytes;

    public BrokerMessage this[int index]
    {
        get => _messages[index];
        set => _messages[index] = value;
    }

    /// <summary>Some of the messages, in the array that holds them: once published it is nobody's to change.</summary>
    public MessageBatch Slice(int start, int count) => new(_messages.AsMemory(start, count));

    public void Add(BrokerMessage message, bool mandatory)
    {
        if (Count == _messages.Length)
        {
            Array.Resize(ref _messages, Math.Min(Count * 2, MostMessages));
        }

        if (mandatory)
        {
            (Mandatory ??= []).Add(Count);
        }

        _messages[Count++] = message;
        Bytes += message.Size;
    }
}

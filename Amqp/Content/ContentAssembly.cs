namespace OrleansBroker.Amqp.Content;

/// <summary>What a frame did to the content under way.</summary>
public enum ContentProgress
{
    /// <summary>Further frames belong to it.</summary>
    Incomplete,
    /// <summary>It is whole; the next frame on the channel is a method.</summary>
    Complete,
    /// <summary>Its header announces more than the configured size. Its body frames come all the same and are to be dropped.</summary>
    TooLarge,
    /// <summary>The frame belongs to content that is too large: drop it.</summary>
    Dropped,
    /// <summary>The frame may not stand here; the connection is to be closed with the error.</summary>
    Violation,
}

/// <summary>
/// The order of frames on one channel: a method, then, if it has content, a header, then bodies until the announced size is reached
/// (AMQP 0-9-1 §4.2.6). It holds no content: it checks, and tells where in the body a fragment belongs, so that the caller copies
/// each octet once, to where it will stay.
/// </summary>
/// <param name="maxMessageSize">Largest body that is taken, in octets; at most <see cref="HardLimit"/>.</param>
public sealed class ContentAssembly(int maxMessageSize)
{
    /// <summary>A body above this ends the connection, whatever is configured; RabbitMQ has the same limit.</summary>
    public const int HardLimit = 512 * 1024 * 1024;

    private MethodId _method;
    private bool _headerSeen;
    private bool _dropping;
    private int _size;
    private int _remaining;

    /// <summary>The size of the body under way; known from the header on.</summary>
    public int BodySize => _size;

    /// <summary>A method frame came. Content is expected next where the method has it.</summary>
    public AmqpError? OnMethod(MethodId method)
    {
        if (_method != MethodId.None)
        {
            return _headerSeen ? NoBody() : NoHeader();
        }

        if (method.HasContent())
        {
            _method = method;
            _headerSeen = false;
            _dropping = false;
        }

        return null;
    }

    /// <summary>
    /// A header frame came. <see cref="ContentProgress.Complete"/> means that there is no body: no frame comes for it.
    /// The error is set with <see cref="ContentProgress.TooLarge"/>, for the channel, and with <see cref="ContentProgress.Violation"/>.
    /// </summary>
    /// <exception cref="AmqpFormatException">The properties cannot be parsed.</exception>
    public ContentProgress OnHeader(ReadOnlySpan<byte> payload, out ContentHeader header, out AmqpError? error)
    {
        header = ContentHeader.Read(payload);
        error = RefusalOf(header);
        if (error is not null)
        {
            return ContentProgress.Violation;
        }

        BasicPropertiesReader.Validate(header.Properties);
        _headerSeen = true;
        _size = (int)header.BodySize;
        _remaining = _size;
        _dropping = _size > maxMessageSize;
        if (_dropping)
        {
            error = AmqpError.MessageTooLarge(header.BodySize, maxMessageSize, _method);
            return ContentProgress.TooLarge;
        }

        return Progress();
    }

    /// <summary>A body frame came.</summary>
    /// <param name="length">Octets of its payload.</param>
    /// <param name="offset">Where in the body they belong, unless they are dropped.</param>
    /// <param name="error">Set with <see cref="ContentProgress.Violation"/> only.</param>
    public ContentProgress OnBody(int length, out int offset, out AmqpError? error)
    {
        offset = _size - _remaining;
        error = _method == MethodId.None ? NoMethod()
            : !_headerSeen ? NoHeader()
            : length > _remaining ? AmqpError.Of(ReplyCodes.FrameError, "content body frame exceeds remaining content size", _method)
            : null;
        if (error is not null)
        {
            return ContentProgress.Violation;
        }

        _remaining -= length;
        var progress = Progress();
        return _dropping ? ContentProgress.Dropped : progress;
    }

    private ContentProgress Progress()
    {
        if (_remaining > 0)
        {
            return ContentProgress.Incomplete;
        }

        _method = MethodId.None;
        return ContentProgress.Complete;
    }

    private AmqpError? RefusalOf(scoped in ContentHeader header)
    {
        if (_method == MethodId.None)
        {
            return NoMethod();
        }

        if (_headerSeen)
        {
            return NoBody();
        }

        if (header.ClassId != _method.ClassId())
        {
            return AnotherClass(header.ClassId);
        }

        // A weight other than 0 makes it no content header (§4.2.6.1).
        return header.Weight != 0 ? NoHeader() : header.BodySize > HardLimit ? BeyondLimit(header.BodySize) : null;
    }

    private static AmqpError NoMethod() =>
        AmqpError.Of(ReplyCodes.UnexpectedFrame, "expected method frame, got non method frame instead");

    private AmqpError NoHeader() => AmqpError.Of(
        ReplyCodes.UnexpectedFrame,
        $"expected content header for class {_method.ClassId()}, got non content header frame instead",
        _method);

    private AmqpError AnotherClass(ushort classId) => AmqpError.Of(
        ReplyCodes.UnexpectedFrame,
        $"expected content header for class {_method.ClassId()}, got one for class {classId} instead",
        _method);

    private AmqpError BeyondLimit(ulong size) =>
        AmqpError.Of(ReplyCodes.FrameError, $"content body size {size} exceeds maximum allowed size {HardLimit}", _method);

    private AmqpError NoBody() =>
        AmqpError.Of(ReplyCodes.UnexpectedFrame, "expected content body, got non content body frame instead", _method);
}

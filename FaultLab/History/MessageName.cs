using System.Globalization;

namespace OrleansBroker.FaultLab.History;

/// <summary>
/// A message as its publisher knows it. Numbers of one publisher count from 1 in the order of publishing; a channel that ended never
/// publishes again, and its successor is another publisher.
/// </summary>
/// <param name="Publisher">The publisher.</param>
/// <param name="Number">The message's number there; over AMQP its publish sequence number as well.</param>
public readonly record struct MessageName(int Publisher, long Number)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Publisher}-{Number}";

    /// <summary>Reads what <see cref="ToString"/> wrote; false where it is something else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MessageName name)
    {
        name = default;
        var dash = text.IndexOf('-');
        if (dash < 1
            || !int.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var publisher)
            || !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        name = new MessageName(publisher, number);
        return true;
    }
}

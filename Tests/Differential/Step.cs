using OrleansBroker.Amqp;
using OrleansBroker.Amqp.Frames;
using OrleansBroker.Amqp.Methods;
using OrleansBroker.Tests.Gateway.Wire;

namespace OrleansBroker.Tests.Differential;

/// <summary>One method of a script.</summary>
/// <param name="Slot">Which of the script's channels it goes to.</param>
/// <param name="Text">How it is told.</param>
/// <param name="Frames">Its octets, from the prefix of the script's names and the channel's number.</param>
/// <param name="ClosesChannel">Whether the client closes the channel with it.</param>
/// <param name="MayDeliver">Whether messages may come of it when it is through.</param>
internal sealed record Step(int Slot, string Text, Func<string, ushort, byte[]> Frames, bool ClosesChannel = false, bool MayDeliver = false)
{
    /// <summary>For a settlement of what the channel holds: which of its tags, counted from the oldest, and the method for that tag.</summary>
    public (int Nth, bool Multiple, Func<ulong, ushort, byte[]> Frames)? Held { get; init; }

    /// <summary>Whether nothing may follow before its answer: RabbitMQ refuses it.</summary>
    public bool StandsAlone { get; init; }

    /// <summary>Whether the channel holds nothing any more.</summary>
    public bool ReturnsAll { get; init; }

    /// <summary>A settlement of the channel's nth unsettled delivery, or of the last where there are fewer; nothing where there is none.</summary>
    public static Step Settle<TMethod>(int slot, int nth, bool multiple, Func<ulong, TMethod> method)
        where TMethod : struct, IMethod<TMethod> =>
        new(slot, $"the held number {nth}: {method(0)}", (_, _) => [], MayDeliver: true)
        {
            Held = (nth, multiple, (tag, channel) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method(tag)))),
        };

    public static Step Of<TMethod>(int slot, Func<string, TMethod> method, string arguments = "", bool closes = false, bool mayDeliver = false)
        where TMethod : struct, IMethod<TMethod> =>
        new(
            slot,
            $"{method("")} {arguments}",
            (prefix, channel) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method(prefix))),
            closes,
            mayDeliver);

    public static Step Of(int slot, MethodId method) =>
        new(slot, method.Name(), (_, channel) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method)), MayDeliver: true)
        {
            StandsAlone = method == MethodId.TxCommit,
        };

    public override string ToString() => $"channel {Slot}: {Text}";
}

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
    public static Step Of<TMethod>(int slot, Func<string, TMethod> method, string arguments = "", bool closes = false, bool mayDeliver = false)
        where TMethod : struct, IMethod<TMethod> =>
        new(
            slot,
            $"{method("")} {arguments}",
            (prefix, channel) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method(prefix))),
            closes,
            mayDeliver);

    public static Step Of(int slot, MethodId method) =>
        new(slot, method.Name(), (_, channel) => WireClient.Frames(output => FrameWriter.WriteMethod(output, channel, method)), MayDeliver: true);

    public override string ToString() => $"channel {Slot}: {Text}";
}

using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Terminals for tests.</summary>
internal static class Terminals
{
    /// <summary>One that says nothing and knows nothing.</summary>
    public static Terminal Silent { get; } = To(TextWriter.Null);

    /// <summary>One whose output goes to a writer.</summary>
    public static Terminal To(TextWriter output) => new()
    {
        Out = output,
        Error = TextWriter.Null,
        OpenInput = () => Stream.Null,
        Environment = _ => null,
    };
}

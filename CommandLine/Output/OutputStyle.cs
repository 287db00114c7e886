namespace OrleansBroker.CommandLine.Output;

/// <summary>How results are written.</summary>
/// <param name="Json">JSON for scripts, rather than tables for people.</param>
/// <param name="Quiet">Results alone.</param>
internal sealed record OutputStyle(bool Json, bool Quiet);

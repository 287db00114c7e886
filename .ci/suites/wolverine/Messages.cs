using System.Collections.Concurrent;

namespace Interop;

public record Ping(int Number);

public record Ask(string Question);

public record Answer(string Text);

public record Flaky(string Id, int Failures);

public record Poison(string Id);

public record Painted(string Key);

/// <summary>What the handlers have seen.</summary>
public static class Seen
{
    public static ConcurrentDictionary<int, byte> Pings { get; } = new();

    public static ConcurrentDictionary<string, int> Tries { get; } = new();

    public static ConcurrentDictionary<string, byte> Painted { get; } = new();
}

public static class Handlers
{
    public static void Handle(Ping message) => Seen.Pings.TryAdd(message.Number, 0);

    public static Answer Handle(Ask message) => new($"re:{message.Question}");

    public static void Handle(Flaky message)
    {
        if (Seen.Tries.AddOrUpdate(message.Id, 1, (_, tries) => tries + 1) <= message.Failures)
        {
            throw new InvalidOperationException("flaky");
        }
    }

    public static void Handle(Poison message) => throw new ArgumentException($"{message.Id} cannot be handled");

    public static void Handle(Painted message) => Seen.Painted.TryAdd(message.Key, 0);
}

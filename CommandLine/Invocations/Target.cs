using System.Globalization;

namespace OrleansBroker.CommandLine.Invocations;

/// <summary>Which broker, as whom.</summary>
internal sealed record Target
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Where the HTTP API is, without <c>/api</c>.</summary>
    public required Uri Url { get; init; }

    public required string User { get; init; }

    public required string Password { get; init; }

    public required string VirtualHost { get; init; }

    public required bool Tls { get; init; }

    /// <summary>The AMQP address, for messages to the user.</summary>
    public string Amqp => string.Create(CultureInfo.InvariantCulture, $"{(Tls ? "amqps" : "amqp")}://{Host}:{Port}");

    /// <summary>Never shows the password.</summary>
    public override string ToString() => $"{Amqp} {Url} as {User}";
}

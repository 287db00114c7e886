using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace OrleansBroker.ClientLib;

/// <summary>How a connection is opened. Immutable: make another one by <c>with</c>.</summary>
public sealed record ConnectionOptions
{
    /// <summary>The user. Default <c>guest</c>.</summary>
    public string User { get; init; } = "guest";

    /// <summary>
    /// The password. Default <c>guest</c>. Null is for code inside a silo only, which is trusted with all permissions: see
    /// <see cref="Hosting.BrokerClientServices.AddBrokerClient"/>.
    /// </summary>
    public string? Password { get; init; } = "guest";

    /// <summary>The virtual host. Default <c>/</c>.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>A name for lists of connections and logs. Default: the process's name.</summary>
    public string ClientName { get; init; } = Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "client";

    /// <summary>The Orleans cluster's id. Default <c>orleansbroker</c>.</summary>
    public string ClusterId { get; init; } = "orleansbroker";

    /// <summary>The Orleans service's id. Default <c>orleansbroker</c>.</summary>
    public string ServiceId { get; init; } = "orleansbroker";

    /// <summary>How long opening tries to reach a gateway. Default 10 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long any other request is tried while the broker cannot be reached, or lets publishers wait. A publish that takes longer is
    /// a <see cref="PublishUnknownException"/>. Default 60 s.
    /// </summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Octets of messages that may wait to be sent. Beyond that a publish waits for room before its message is even encoded.
    /// Default 16 MiB: some four batches on the wire.
    /// </summary>
    public int MaxPendingBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How typed payloads are written and read. Default: System.Text.Json's web defaults (camel case, case-insensitive).</summary>
    public JsonSerializerOptions Json { get; init; } = JsonSerializerOptions.Web;

    /// <summary>Where the connection logs. Default null: nowhere, or where the host's services log.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Who makes the connection's meter, <c>OrleansBroker.Client</c>. Default null: the host's services, or the connection itself.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    // A record prints its properties; a password must not reach a log that way.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("User = ").Append(User).Append(", VirtualHost = ").Append(VirtualHost).Append(", ClientName = ").Append(ClientName);
        return true;
    }
}

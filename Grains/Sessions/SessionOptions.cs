using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OrleansBroker.Grains.Sessions;

/// <summary>Limits of native sessions.</summary>
public sealed class SessionOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Sessions";

    /// <summary>
    /// A session that heard nothing of its client for this long closes: its consumers are detached, its exclusive queues deleted.
    /// Default 15 s: three signs of life missed, the same as a consumer's lease.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:03", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Largest body of a message in octets; a larger one is refused (406). Default 16 MiB, as RabbitMQ 4 has it.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Most queues that one session may have consumers of; one more is refused (506). Default 65,535, AMQP's channel limit.</summary>
    [Range(1, int.MaxValue)]
    public int MaxQueues { get; set; } = 65_535;
}

[OptionsValidator]
internal sealed partial class SessionOptionsValidator : IValidateOptions<SessionOptions>;

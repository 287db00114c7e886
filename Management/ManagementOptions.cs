using System.ComponentModel.DataAnnotations;

namespace OrleansBroker.Management;

/// <summary>Limits of the HTTP API.</summary>
public class ManagementOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Broker:Management";

    /// <summary>Path before <c>/api</c>, such as <c>/broker</c> behind a proxy. Default: none, as RabbitMQ has it.</summary>
    [RegularExpression("^(/[A-Za-z0-9._~-]+)*$")]
    public string PathPrefix { get; set; } = "";

    /// <summary>
    /// Origins, parted by commas, whose pages may call the API from a browser. Default: none. A page of any of them acts with the
    /// rights of the user whose password the browser keeps.
    /// </summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>Largest body of a request in octets. Default 10,000,000, as RabbitMQ has it: definitions of some 30,000 queues.</summary>
    [Range(1024, 1_073_741_824)]
    public int MaxBodyBytes { get; set; } = 10_000_000;

    /// <summary>How long the answer to a wrong password takes. Default 1 s: guessing takes time, and a typing error does not hurt.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RefusalDelay { get; set; } = TimeSpan.FromSeconds(1);
}

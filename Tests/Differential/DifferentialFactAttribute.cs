using System.Globalization;
using System.Net;

namespace OrleansBroker.Tests.Differential;

/// <summary>A test that needs a RabbitMQ beside the broker: <c>ORLEANSBROKER_RABBITMQ</c> names its host and port, with guest's login.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DifferentialFactAttribute : FactAttribute
{
    private const string Variable = "ORLEANSBROKER_RABBITMQ";

    public DifferentialFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            Skip = $"Set {Variable}=host:port to a RabbitMQ to compare with.";
        }
    }

    /// <summary>Where RabbitMQ listens.</summary>
    public static EndPoint RabbitMq
    {
        get
        {
            var parts = Environment.GetEnvironmentVariable(Variable)!.Split(':');
            return new DnsEndPoint(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
        }
    }
}

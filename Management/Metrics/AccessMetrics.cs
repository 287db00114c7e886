using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;

namespace OrleansBroker.Management.Metrics;

/// <summary>Metrics of logins, by RabbitMQ's names.</summary>
internal static class AccessMetrics
{
    private const string Counter = "counter";

    /// <summary>Logins by protocol.</summary>
    public static void Attempts(PrometheusText text, SiloFigures silo)
    {
        void Write(string name, string help, Func<LoginAttempts, long> count)
        {
            text.Family(name, Counter, help);
            foreach (var logins in silo.Logins)
            {
                text.Sample(PrometheusText.Labels(("protocol", logins.Protocol)), count(logins));
            }
        }

        Write("auth_attempts_total", "Total number of authentication attempts", static logins => logins.Succeeded + logins.Failed);
        Write("auth_attempts_succeeded_total", "Total number of successful authentication attempts", static logins => logins.Succeeded);
        Write("auth_attempts_failed_total", "Total number of failed authentication attempts", static logins => logins.Failed);
    }

    /// <summary>Logins by address and user.</summary>
    public static void Sources(PrometheusText text, IReadOnlyList<LoginSource> sources)
    {
        void Write(string name, string help, Func<LoginAttempts, long> count)
        {
            text.Family(name, Counter, help);
            foreach (var source in sources)
            {
                var labels = PrometheusText.Labels(("remote_address", source.Address), ("username", source.User), ("protocol", source.Attempts.Protocol));
                text.Sample(labels, count(source.Attempts));
            }
        }

        Write("auth_attempts_detailed_total", "Total number of authentication attempts with source info", static logins => logins.Succeeded + logins.Failed);
        Write("auth_attempts_detailed_succeeded_total", "Total number of successful authentication attempts with source info", static logins => logins.Succeeded);
        Write("auth_attempts_detailed_failed_total", "Total number of failed authentication attempts with source info", static logins => logins.Failed);
    }
}

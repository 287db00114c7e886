using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansBroker.FaultLab.Load.Topology;

namespace OrleansBroker.FaultLab.Load;

/// <summary>
/// What silos tell of their queues over HTTP and to Prometheus, once all is empty. Every counter of messages has to be zero then: one
/// that is not was counted wrongly on the way.
/// </summary>
internal sealed class QueueCounters(LoadPlan plan, LabTopology topology) : IDisposable
{
    // Numbers of queues are gathered every few seconds.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http = new() { Timeout = Settling };

    /// <summary>What is not zero, or null.</summary>
    public async Task<string?> FindWrongAsync()
    {
        var start = plan.Time.GetTimestamp();
        while (true)
        {
            var wrong = await LookAsync();
            if (wrong.Count == 0)
            {
                return null;
            }

            if (plan.Time.GetElapsedTime(start) > Settling)
            {
                return $"the queues are empty, but counters are not: {string.Join("; ", wrong)}";
            }

            await Task.Delay(Interval, plan.Time);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<List<string>> LookAsync()
    {
        var wrong = new List<string>();
        foreach (var silo in plan.Silos)
        {
            try
            {
                if (silo.ManagementPort != 0)
                {
                    wrong.AddRange(await ManagementAsync(silo));
                }

                if (silo.PrometheusPort != 0)
                {
                    wrong.AddRange(await PrometheusAsync(silo));
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
            {
                wrong.Add($"{silo.Name} does not answer: {failure.Message}");
            }
        }

        return wrong;
    }

    private async Task<List<string>> ManagementAsync(SiloEndpoint silo)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{silo.Host}:{silo.ManagementPort}/api/queues/%2F");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{plan.User}:{plan.Password}")));
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        using var queues = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var names = topology.Queues.Select(queue => queue.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. from queue in queues.RootElement.EnumerateArray()
               where names.Contains(queue.GetProperty("name").GetString()!)
               from counter in new[] { "messages", "messages_ready", "messages_unacknowledged" }
               where queue.TryGetProperty(counter, out var value) && value.GetInt64() != 0
               select $"{silo.Name} tells of {queue.GetProperty(counter).GetInt64()} {counter} in {queue.GetProperty("name").GetString()}",
        ];
    }

    private async Task<List<string>> PrometheusAsync(SiloEndpoint silo)
    {
        string[] counters = ["rabbitmq_queue_messages", "rabbitmq_queue_messages_ready", "rabbitmq_queue_messages_unacked"];
        var text = await _http.GetStringAsync(new Uri($"http://{silo.Host}:{silo.PrometheusPort}/metrics"));
        return
        [
            .. from line in text.Split('\n')
               let parts = line.Split(' ')
               where parts.Length == 2 && counters.Contains(parts[0].Split('{')[0])
               where double.Parse(parts[1], CultureInfo.InvariantCulture) != 0
               select $"{silo.Name} tells Prometheus of {parts[1]} {parts[0]}",
        ];
    }
}

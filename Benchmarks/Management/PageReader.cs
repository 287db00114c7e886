using System.Net.Http.Headers;
using System.Text;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Management;

/// <summary>Reads what a page of the browser reads, one after the other, and how long each takes.</summary>
internal sealed class PageReader : IDisposable
{
    private static readonly string[] Paths = ["/api/overview", "/api/queues?page=1&page_size=100"];

    private readonly HttpClient _client;
    private readonly TimeSpan _pause;

    public PageReader(int port, TimeSpan pause)
    {
        _pause = pause;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
        Forget();
    }

    /// <summary>How long each path took so far.</summary>
    public IReadOnlyDictionary<string, Percentiles> Latencies { get; private set; } = new Dictionary<string, Percentiles>();

    /// <summary>Begins anew.</summary>
    public void Forget() => Latencies = Paths.ToDictionary(path => path, _ => new Percentiles("requests"));

    /// <summary>Reads for so long.</summary>
    public async Task ReadForAsync(TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; TimeProvider.System.GetElapsedTime(started) < time; i++)
        {
            var path = Paths[i % Paths.Length];
            var asked = TimeProvider.System.GetTimestamp();
            await _client.GetByteArrayAsync(new Uri(path, UriKind.Relative));
            Latencies[path].Add(TimeProvider.System.GetElapsedTime(asked));
            await Task.Delay(_pause, TimeProvider.System);
        }
    }

    public void Dispose() => _client.Dispose();
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OrleansBroker.Benchmarks.Load;

namespace OrleansBroker.Benchmarks.Management;

/// <summary>Reads paths, one after the other, and how long each takes; where none are given, those that a page of the browser reads.</summary>
internal sealed class PageReader : IDisposable
{
    private readonly string[] _paths;
    private readonly HttpClient _client;
    private readonly TimeSpan _pause;

    public PageReader(int port, TimeSpan pause, string[]? paths = null)
    {
        _paths = paths ?? ["/api/overview", "/api/queues?page=1&page_size=100"];
        _pause = pause;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
        Forget();
    }

    /// <summary>How long each path took so far.</summary>
    public IReadOnlyDictionary<string, Percentiles> Latencies { get; private set; } = new Dictionary<string, Percentiles>();

    /// <summary>Begins anew.</summary>
    public void Forget() => Latencies = _paths.ToDictionary(path => path, _ => new Percentiles("requests"));

    /// <summary>Reads for so long.</summary>
    public async Task ReadForAsync(TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; TimeProvider.System.GetElapsedTime(started) < time; i++)
        {
            await ReadAsync(_paths[i % _paths.Length]);
            await Task.Delay(_pause, TimeProvider.System);
        }
    }

    /// <summary>Reads each path once.</summary>
    public async Task ReadAsync()
    {
        foreach (var path in _paths)
        {
            await ReadAsync(path);
            await Task.Delay(_pause, TimeProvider.System);
        }
    }

    /// <summary>Waits until so many queues are known, and begins anew.</summary>
    public async Task WaitForAsync(int queues)
    {
        while ((int)JsonNode.Parse(await _client.GetByteArrayAsync(new Uri("/api/queues?page=1", UriKind.Relative)))!["total_count"]! < queues)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }

        Forget();
    }

    private async Task ReadAsync(string path)
    {
        var asked = TimeProvider.System.GetTimestamp();
        await _client.GetByteArrayAsync(new Uri(path, UriKind.Relative));
        Latencies[path].Add(TimeProvider.System.GetElapsedTime(asked));
    }

    public void Dispose() => _client.Dispose();
}

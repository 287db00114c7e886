namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>Counters of a load, looked at in windows of a second.</summary>
internal sealed class Windows(ServerMeter server, Func<long> published, Func<long> delivered)
{
    private readonly List<double> _published = [];
    private readonly List<double> _delivered = [];
    private TimeSpan _processor;
    private long _deliveries;

    public Spread Published => Spread.Of(_published);

    public Spread Delivered => Spread.Of(_delivered);

    public double MostResident { get; private set; }

    public double? ProcessorMicroseconds => _deliveries > 0 ? _processor.TotalMicroseconds / _deliveries : null;

    public async Task MeasureAsync(int windows)
    {
        var processor = server.ProcessorTime;
        var before = delivered();
        for (var i = 0; i < windows; i++)
        {
            var (publishedBefore, deliveredBefore) = (published(), delivered());
            var started = TimeProvider.System.GetTimestamp();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
            var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            _published.Add((published() - publishedBefore) / seconds);
            _delivered.Add((delivered() - deliveredBefore) / seconds);
            MostResident = Math.Max(MostResident, server.ResidentMebibytes);
        }

        _processor = server.ProcessorTime - processor;
        _deliveries = delivered() - before;
    }
}

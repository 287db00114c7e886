namespace OrleansBroker.Grains.Telemetry;

/// <summary>From which silos a queue is used: by whoever publishes to it, and by its consumers. Added to once a batch.</summary>
internal sealed class QueueUsers
{
    private readonly Lock _gate = new();
    private readonly List<(SiloAddress Silo, long Messages)> _since = [];
    private SiloAddress? _home;

    /// <summary>The silo of three quarters of its messages between the last two samples; null where there is none.</summary>
    public SiloAddress? Home => Volatile.Read(ref _home);

    /// <summary>Messages came from a silo, or went there.</summary>
    public void Add(SiloAddress? silo, long messages)
    {
        if (silo is null)
        {
            return;
        }

        lock (_gate)
        {
            var at = _since.FindIndex(user => user.Silo.Equals(silo));
            if (at < 0)
            {
                _since.Add((silo, messages));
            }
            else
            {
                _since[at] = (silo, _since[at].Messages + messages);
            }
        }
    }

    /// <summary>Takes what was since the last sample.</summary>
    public void Sample()
    {
        lock (_gate)
        {
            var (most, all) = (default((SiloAddress? Silo, long Messages)), 0L);
            foreach (var user in _since)
            {
                all += user.Messages;
                most = user.Messages > most.Messages ? user : most;
            }

            Volatile.Write(ref _home, most.Messages * 4 >= all * 3 ? most.Silo : null);
            _since.Clear();
        }
    }
}

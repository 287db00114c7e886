namespace OrleansBroker.Grains.Queues.Core;

/// <summary>When a queue deletes itself: unused for as long as x-expires says, or left by its last consumer.</summary>
internal sealed class QueueLifetime(CurrentSettings settings, long now)
{
    private long _usedAt = now;
    private DeleteReason? _due;

    /// <summary>Somebody used it: a consumer, a get, a declaration.</summary>
    public void Touch(long now) => _usedAt = Math.Max(_usedAt, now);

    /// <summary>When it was used last.</summary>
    public long UsedAt => _usedAt;

    /// <summary>Whoever had it before says when it was used last.</summary>
    public void Resume(long usedAt) => _usedAt = Math.Min(_usedAt, usedAt);

    /// <summary>A consumer left.</summary>
    public void ConsumerLeft(int remaining, long now)
    {
        Touch(now);
        if (remaining == 0 && settings.Value.AutoDelete)
        {
            _due = DeleteReason.AutoDelete;
        }
    }

    /// <summary>When it expires; null while it has consumers, or where it does not.</summary>
    public long? Next(int consumers) => consumers == 0 && settings.Value.Expires is { } expires ? _usedAt + expires : null;

    /// <summary>Lets it expire where it is time.</summary>
    public void Tick(int consumers, long now)
    {
        if (Next(consumers) <= now)
        {
            _due = DeleteReason.Expired;
        }
    }

    /// <summary>The reason to delete it now; null where there is none, or it was taken already.</summary>
    public DeleteReason? Take(int consumers)
    {
        // Somebody came in the meantime: an auto-delete queue lives on.
        var due = consumers == 0 ? _due : null;
        _due = null;
        return due;
    }
}

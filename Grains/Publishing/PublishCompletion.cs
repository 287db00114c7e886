using OrleansBroker.Grains.Interfaces.Publishing;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Publishing;

/// <summary>Gathers what became of one published batch, from all the links that its messages were handed to.</summary>
internal sealed class PublishCompletion(int messages, BrokerTelemetry? telemetry = null)
{
    private readonly long _started = telemetry?.Timestamp ?? 0;

    private readonly TaskCompletionSource<PublishResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private SortedDictionary<int, PublishOutcome>? _exceptions;
    private int[]? _destinations;
    private int[]? _missing;

    // One for the publisher itself, so that a link that answers at once does not complete a batch that is still being handed over.
    private int _outstanding = 1;

    /// <summary>What the batch is published in, where that is traced.</summary>
    public ExecutionContext? Trace { get; set; }

    /// <summary>Completes when every link has answered.</summary>
    public Task<PublishResult> Task => _result.Task;

    /// <summary>Says that a message goes to several destinations: it is unroutable only when all of them are missing.</summary>
    public void Expect(int index, int destinations)
    {
        lock (_lock)
        {
            _destinations ??= new int[messages];
            _destinations[index] = destinations;
        }
    }

    /// <summary>One more link answers for a part of the batch.</summary>
    public void Add() => Interlocked.Increment(ref _outstanding);

    /// <summary>A message whose fate is known without any link.</summary>
    public void Except(int index, PublishOutcome outcome)
    {
        lock (_lock)
        {
            _exceptions ??= [];
            // A refusal or an unknown outcome outweighs that another destination was missing.
            if (!_exceptions.TryGetValue(index, out var known) || known == PublishOutcome.Unroutable)
            {
                _exceptions[index] = outcome;
            }
        }
    }

    /// <summary>A destination of these messages turned out not to exist.</summary>
    public void Missing(int first, int count)
    {
        lock (_lock)
        {
            _missing ??= new int[messages];
            for (var index = first; index < first + count; index++)
            {
                var expected = _destinations?[index] is > 0 and var several ? several : 1;
                if (++_missing[index] == expected)
                {
                    _exceptions ??= [];
                    _exceptions.TryAdd(index, PublishOutcome.Unroutable);
                }
            }
        }
    }

    /// <summary>The outcome of these messages at a destination is unknown.</summary>
    public void Unknown(int first, int count)
    {
        for (var index = first; index < first + count; index++)
        {
            Except(index, PublishOutcome.Unknown);
        }
    }

    /// <summary>A link (or the publisher) is done with its part.</summary>
    public void Done()
    {
        if (Interlocked.Decrement(ref _outstanding) != 0)
        {
            return;
        }

        telemetry?.Confirmed(_started, Trace);
        _result.SetResult(_exceptions is null
            ? PublishResult.AllEnqueued
            : new PublishResult { Exceptions = [.. _exceptions.Select(e => new PublishException(e.Key, e.Value))] });
    }
}

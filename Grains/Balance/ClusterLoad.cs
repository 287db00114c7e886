using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using OrleansBroker.Grains.Telemetry;

namespace OrleansBroker.Grains.Balance;

/// <summary>
/// What the silos carry, as far as this one knows: the others' figures of the last round, and what it has had opened there since. Placement
/// reads it for every queue that opens, and waits for nobody.
/// </summary>
internal sealed class ClusterLoad(BrokerTelemetry telemetry, ILocalSiloDetails self, IOptions<BalanceOptions> options)
{
    private ImmutableDictionary<SiloAddress, Estimate> _others = ImmutableDictionary<SiloAddress, Estimate>.Empty;

    /// <summary>Whether this silo stops, and gives all it has away.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>What this silo carries.</summary>
    public SiloLoad Own()
    {
        var (queues, messages) = (0, 0.0);
        foreach (var queue in telemetry.Queues.Active)
        {
            queues++;
            messages += queue.Rate;
        }

        return new SiloLoad { Queues = queues, Messages = messages, IsLeaving = IsLeaving };
    }

    /// <summary>The others' figures, of now.</summary>
    public void Learn(IEnumerable<KeyValuePair<SiloAddress, double>> others) =>
        Volatile.Write(ref _others, others.ToImmutableDictionary(static other => other.Key, static other => new Estimate(other.Value)));

    /// <summary>
    /// Where a queue should open that is asked for here: here, which saves its caller the way to another silo, unless this one carries more
    /// than its share; then where the least is.
    /// </summary>
    public SiloAddress Choose(SiloAddress[] silos)
    {
        var others = Volatile.Read(ref _others);
        var own = telemetry.Queues.Weight(options.Value.MessagesPerQueue);
        var (sum, least, lightest) = (own, double.MaxValue, (Estimate?)null);
        var chosen = self.SiloAddress;
        foreach (var silo in silos)
        {
            if (silo.Equals(self.SiloAddress) || !others.TryGetValue(silo, out var other))
            {
                continue;
            }

            var weight = other.Weight;
            sum += weight;
            if (weight < least)
            {
                (least, lightest, chosen) = (weight, other, silo);
            }
        }

        var mean = sum / silos.Length;
        if (!IsLeaving && Array.IndexOf(silos, self.SiloAddress) >= 0 && (lightest is null || own <= mean + Math.Max(1, mean * options.Value.Tolerance)))
        {
            return self.SiloAddress;
        }

        lightest?.Add();
        return lightest is null ? silos[Random.Shared.Next(silos.Length)] : chosen;
    }

    /// <summary>A silo's load, and what was sent there since it was told.</summary>
    private sealed class Estimate(double load)
    {
        private int _added;

        public double Weight => load + Volatile.Read(ref _added);

        public void Add() => Interlocked.Increment(ref _added);
    }
}

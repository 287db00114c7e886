using System.Collections.Immutable;

namespace OrleansBroker.Grains.Balance;

/// <summary>
/// What a silo gives to which others. Every silo reckons from the same figures and gives its part of what the ones below the mean lack, so
/// that together they give what is lacking and not more. Weights are in queues.
/// </summary>
internal sealed class BalancePlan
{
    private readonly double _own;
    private readonly ImmutableDictionary<SiloAddress, double> _others;
    private readonly double _mean;
    private readonly double _slack;

    public BalancePlan(double own, ImmutableDictionary<SiloAddress, double> others, double tolerance)
    {
        _own = own;
        _others = others;
        _mean = (own + others.Values.Sum()) / (others.Count + 1);
        // Below one queue there is nothing to even out.
        _slack = Math.Max(1, _mean * tolerance);
    }

    /// <summary>What each silo is to get, the neediest first; empty while this one is not above the mean by more than the tolerance.</summary>
    public IReadOnlyList<Gift> Gifts()
    {
        var surplus = _own - _mean;
        var lacks = _others.Where(other => other.Value < _mean).ToList();
        var lack = lacks.Sum(other => _mean - other.Value);
        return surplus < _slack || lack <= 0
            ? []
            : [.. lacks.Select(other => new Gift(other.Key, surplus * (_mean - other.Value) / lack)).OrderByDescending(static gift => gift.Weight)];
    }

    /// <summary>Whether a queue of this weight may go there for the sake of those who use it: neither silo leaves the tolerance by that.</summary>
    public bool IsFree(SiloAddress silo, double weight) =>
        _others.TryGetValue(silo, out var load) && load + weight <= _mean + _slack && _own - weight >= _mean - _slack;
}

/// <summary>What a silo is to get.</summary>
internal readonly record struct Gift(SiloAddress Silo, double Weight);

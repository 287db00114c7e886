using System.Collections.Immutable;
using System.Net;
using CsCheck;
using OrleansBroker.Grains.Balance;

namespace OrleansBroker.Tests.Balance;

/// <summary>Who gives what to whom.</summary>
public class BalancePlanTests
{
    private const double Tolerance = 0.1;

    [Fact]
    public void A_silo_that_joined_gets_a_third_from_each_of_two() =>
        Assert.Equal(5, Assert.Single(Plan(15, 15, 0).Gifts()).Weight);

    [Theory]
    [InlineData(100, 100, 100)]
    [InlineData(109, 100, 91)]
    [InlineData(0, 100, 100)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 0, 0)]
    public void Who_is_not_above_the_tolerance_gives_nothing(double own, double one, double other) =>
        Assert.Empty(Plan(own, one, other).Gifts());

    [Fact]
    public void The_neediest_comes_first_and_who_has_enough_gets_nothing()
    {
        var gifts = Plan(40, 12, 2, 6).Gifts();
        Assert.Equal([2, 3, 1], gifts.Select(gift => gift.Silo.Endpoint.Port));
        Assert.Equal(25, gifts.Sum(gift => gift.Weight));
    }

    [Fact]
    public void All_together_give_what_is_lacking_and_nobody_gets_above_the_mean() =>
        Gen.Double[0, 1000].Array[2, 12].Sample(loads =>
        {
            var mean = loads.Average();
            var after = loads.ToArray();
            for (var giver = 0; giver < loads.Length; giver++)
            {
                var others = Enumerable.Range(0, loads.Length).Where(silo => silo != giver).ToArray();
                foreach (var gift in new BalancePlan(loads[giver], others.ToImmutableDictionary(Silo, silo => loads[silo]), Tolerance).Gifts())
                {
                    Assert.True(gift.Weight > 0);
                    after[giver] -= gift.Weight;
                    after[gift.Silo.Endpoint.Port] += gift.Weight;
                }
            }

            for (var silo = 0; silo < loads.Length; silo++)
            {
                Assert.True(loads[silo] > mean ? after[silo] >= mean - 1e-6 : after[silo] <= mean + 1e-6, $"{silo}: {loads[silo]} became {after[silo]}, {mean}");
                Assert.True(after[silo] <= mean + Math.Max(1, mean * Tolerance) + 1e-6, $"{silo} kept {after[silo]} of {mean}");
            }
        });

    [Theory]
    [InlineData(10, 10, 1, true)]
    [InlineData(10, 11, 1, false)]
    [InlineData(10, 5, 6, false)]
    [InlineData(100, 104, 2, true)]
    public void A_queue_goes_to_its_users_where_that_costs_the_balance_nothing(double own, double other, double weight, bool isFree) =>
        Assert.Equal(isFree, Plan(own, other).IsFree(Silo(1), weight));

    private static BalancePlan Plan(double own, params double[] others) =>
        new(own, Enumerable.Range(1, others.Length).ToImmutableDictionary(Silo, silo => others[silo - 1]), Tolerance);

    private static SiloAddress Silo(int port) => SiloAddress.New(IPAddress.Loopback, port, 1);
}

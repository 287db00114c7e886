using Microsoft.Extensions.Time.Testing;
using OrleansBroker.ClientLib.Consuming;

namespace OrleansBroker.Tests.Native;

public sealed class SignsOfLifeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SignsOfLife _signs;

    public SignsOfLifeTests() => _signs = new SignsOfLife(_time);

    [Fact]
    public void A_sign_is_recent_for_as_long_as_its_queue_cannot_have_given_up()
    {
        var sign = _signs.Next();

        _time.Advance(SignsOfLife.Patience - TimeSpan.FromMilliseconds(1));
        Assert.True(_signs.IsRecent(sign));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_signs.IsRecent(sign));
    }

    [Fact]
    public void Each_sign_has_its_own_age()
    {
        var old = _signs.Next();
        _time.Advance(TimeSpan.FromSeconds(6));
        var young = _signs.Next();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.False(_signs.IsRecent(old));
        Assert.True(_signs.IsRecent(young));
    }

    [Fact]
    public void A_crowd_of_signs_is_one_as_old_as_its_first()
    {
        var first = _signs.Next();
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.All(Enumerable.Range(0, 1_000), _ => Assert.Equal(first, _signs.Next()));

        Assert.True(_signs.IsRecent(first));
        _time.Advance(SignsOfLife.Patience - TimeSpan.FromMilliseconds(400));
        Assert.False(_signs.IsRecent(first));
    }

    [Fact]
    public void However_many_follow_a_sign_stays_recent()
    {
        var first = _signs.Next();
        for (var i = 0; i < 79; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _signs.Next();
            Assert.True(_signs.IsRecent(first));
        }

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(_signs.IsRecent(first));
    }

    [Fact]
    public void What_no_sign_is_named_for_is_taken_and_an_unknown_one_is_not()
    {
        Assert.True(_signs.IsRecent(0));
        Assert.False(_signs.IsRecent(5));
    }
}

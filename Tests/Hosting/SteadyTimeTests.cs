using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.Tests.Hosting;

public sealed class SteadyTimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SettableClock _clock = new() { Wall = Start };

    [Fact]
    public void It_is_the_wall_clock_as_long_as_that_goes_on()
    {
        var time = new SteadyTime(_clock);
        _clock.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(Start.AddSeconds(5), time.GetUtcNow());
        _clock.Wall += TimeSpan.FromMilliseconds(900);
        Assert.Equal(_clock.Wall, time.GetUtcNow());
        _clock.Pass(TimeSpan.FromHours(1));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
    }

    [Fact]
    public void A_jump_forward_that_is_put_right_is_not_seen()
    {
        var time = new SteadyTime(_clock);
        _clock.Wall += TimeSpan.FromMinutes(40);
        Assert.Equal(Start, time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(15));
        Assert.Equal(Start.AddSeconds(15), time.GetUtcNow());
        _clock.Wall -= TimeSpan.FromMinutes(40);
        Assert.Equal(Start.AddSeconds(15), time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(100));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
    }

    [Fact]
    public void A_jump_forward_that_lasts_is_followed_after_a_minute()
    {
        var time = new SteadyTime(_clock);
        _clock.Wall += TimeSpan.FromHours(8);
        Assert.Equal(Start, time.GetUtcNow());
        _clock.Pass(SteadyTime.Hesitation - TimeSpan.FromSeconds(1));
        Assert.Equal(Start + SteadyTime.Hesitation - TimeSpan.FromSeconds(1), time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
    }

    [Fact]
    public void Each_jump_forward_lasts_for_itself()
    {
        var time = new SteadyTime(_clock);
        for (var i = 0; i < 5; i++)
        {
            _clock.Wall += TimeSpan.FromMinutes(10);
            Assert.Equal(Start.AddSeconds(i * 45), time.GetUtcNow());
            _clock.Pass(TimeSpan.FromSeconds(40));
            Assert.Equal(Start.AddSeconds((i * 45) + 40), time.GetUtcNow());
            _clock.Wall -= TimeSpan.FromMinutes(10);
            _clock.Pass(TimeSpan.FromSeconds(5));
            Assert.Equal(_clock.Wall, time.GetUtcNow());
        }
    }

    [Fact]
    public void A_clock_that_is_set_back_goes_on_more_slowly_until_it_has_caught_up()
    {
        var time = new SteadyTime(_clock);
        _clock.Wall -= TimeSpan.FromSeconds(60);
        Assert.Equal(Start, time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(100));
        Assert.Equal(Start.AddSeconds(90), time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(500));
        Assert.Equal(Start.AddSeconds(540), time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
        _clock.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(_clock.Wall, time.GetUtcNow());
    }

    [Fact]
    public void A_clock_that_is_set_back_twice_never_goes_back()
    {
        var time = new SteadyTime(_clock);
        var before = time.GetUtcNow();
        foreach (var jump in (int[])[-300, 40, -3600, 7200, -7200, -1, 1])
        {
            _clock.Wall += TimeSpan.FromSeconds(jump);
            _clock.Pass(TimeSpan.FromSeconds(2));
            var now = time.GetUtcNow();
            Assert.True(now >= before, $"after a jump of {jump} s it was {before - now} earlier");
            before = now;
        }
    }

    [Fact]
    public void A_silo_with_the_broker_goes_by_it()
    {
        using var host = new HostBuilder().UseOrleans((_, silo) => silo.UseLocalhostClustering().AddBroker(broker => broker.Store.Provider = StoreProvider.Memory)).Build();
        Assert.IsType<SteadyTime>(host.Services.GetRequiredService<TimeProvider>());
    }

    private sealed class SettableClock : TimeProvider
    {
        private long _passed;

        public DateTimeOffset Wall { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => _passed;

        public void Pass(TimeSpan time)
        {
            Wall += time;
            _passed += time.Ticks;
        }
    }
}

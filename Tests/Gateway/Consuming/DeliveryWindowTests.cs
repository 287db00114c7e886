using OrleansBroker.Gateway.Consuming.Deliveries;

namespace OrleansBroker.Tests.Gateway.Consuming;

public sealed class DeliveryWindowTests
{
    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(5, 0, 5)]
    [InlineData(0, 7, 7)]
    [InlineData(5, 7, 5)]
    [InlineData(9, 7, 7)]
    public void The_smaller_limit_counts_and_zero_is_none(int prefetch, int shared, int? window) =>
        Assert.Equal(window, DeliveryWindow.Of(prefetch, shared));

    [Theory]
    [InlineData(16, 8192)]
    [InlineData(1024, 4096)]
    [InlineData(16 * 1024, 256)]
    [InlineData(16 * 1024 * 1024, 16)]
    public void What_waits_for_a_connection_is_bounded_in_octets(long size, int window) =>
        Assert.Equal(window, DeliveryWindow.For(size * 10, 10));
}

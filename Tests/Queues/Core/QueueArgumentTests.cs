using OrleansBroker.Amqp.Tables;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Grains.Interfaces.Topology;
using OrleansBroker.Grains.Queues.Core;
using static OrleansBroker.Tests.Queues.Workbench.TestMessages;

namespace OrleansBroker.Tests.Queues.Core;

public sealed class QueueArgumentTests
{
    [Fact]
    public void Arguments_are_decoded_whatever_their_integer_width()
    {
        var settings = Decode(
            ("x-message-ttl", (byte)5), ("x-expires", (short)1000), ("x-max-length", 7L), ("x-max-length-bytes", 8u), ("x-overflow", "reject-publish"),
            ("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", "k"), ("x-max-priority", 9), ("x-single-active-consumer", true),
            ("x-delivery-limit", 3));
        Assert.Equal(5, settings.MessageTtl);
        Assert.Equal(1000, settings.Expires);
        Assert.Equal(7, settings.MaxLength);
        Assert.Equal(8, settings.MaxLengthBytes);
        Assert.Equal(OverflowMode.RejectPublish, settings.Overflow);
        Assert.Equal("", settings.DeadLetterExchange);
        Assert.Equal("k", settings.DeadLetterRoutingKey);
        Assert.Equal(9, settings.MaxPriority);
        Assert.True(settings.SingleActiveConsumer);
        Assert.Equal(3, settings.DeliveryLimit);
    }

    [Theory]
    [InlineData("x-message-ttl", -1, "{value_negative,-1}")]
    [InlineData("x-message-ttl", "5", "\"expected integer, got longstr\"")]
    [InlineData("x-expires", 0, "{value_zero,0}")]
    [InlineData("x-max-length", true, "\"expected integer, got bool\"")]
    [InlineData("x-max-priority", 256, "{max_value_exceeded,256}")]
    [InlineData("x-overflow", "drop-tail", "invalid_overflow")]
    [InlineData("x-dead-letter-routing-key", "k", "routing_key_but_no_dlx_defined")]
    [InlineData("x-dead-letter-strategy", "sometimes", "invalid value 'sometimes'")]
    [InlineData("x-single-active-consumer", "yes", "{unacceptable_type,longstr}")]
    [InlineData("x-queue-type", "mirrored", "\"unsupported queue type 'mirrored'\"")]
    public void A_value_that_cannot_be_is_refused_by_name(string name, object value, string why)
    {
        var refusal = Assert.Throws<BrokerException>(() => Decode((name, value)));
        Assert.Equal(ReplyCode.PreconditionFailed, refusal.Code);
        Assert.Equal($"PRECONDITION_FAILED - invalid arg '{name}' for queue 'q' in vhost '/': {why}", refusal.Message);
    }

    [Fact]
    public void A_dead_letter_exchange_that_is_no_text_is_refused_in_words_of_its_own() => Assert.Equal(
        "PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'",
        Assert.Throws<BrokerException>(() => Decode(("x-dead-letter-exchange", 5), ("x-expires", 0))).Message);

    [Fact]
    public void Of_several_wrong_arguments_the_first_that_RabbitMQ_looks_at_is_named() => Assert.Contains(
        "'x-expires'",
        Assert.Throws<BrokerException>(() => Decode(("x-max-length", -1), ("x-message-ttl", -1), ("x-dead-letter-routing-key", "k"), ("x-expires", 0))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_void_value_is_no_integer() =>
        Assert.Contains("expected integer, got void", Assert.Throws<BrokerException>(() => Decode(("x-expires", null))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_stream_is_not_supported()
    {
        var refusal = Assert.Throws<BrokerException>(() => Decode(("x-queue-type", "stream")));
        Assert.Equal(ReplyCode.NotImplemented, refusal.Code);
        Assert.Contains("not supported", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_that_older_brokers_knew_and_unknown_ones_are_accepted() => Decode(
        ("x-queue-mode", "lazy"), ("x-queue-version", 2), ("x-max-in-memory-length", 5), ("x-ha-policy", "all"), ("x-queue-leader-locator", "balanced"),
        ("x-queue-master-locator", "client-local"), ("x-quorum-initial-group-size", 3), ("x-mine", Table()), ("x-dead-letter-strategy", "at-least-once"));

    [Fact]
    public void A_quorum_queue_limits_deliveries_unless_it_says_otherwise()
    {
        Assert.Equal(20, Decode(("x-queue-type", "quorum")).DeliveryLimit);
        Assert.Null(Decode(("x-queue-type", "quorum"), ("x-delivery-limit", -1)).DeliveryLimit);
        Assert.Null(Decode(("x-queue-type", "classic")).DeliveryLimit);
        Assert.Null(Decode().DeliveryLimit);
        Assert.Equal(31, Decode(("x-queue-type", "quorum")).MaxPriority);
        Assert.Equal(0, Decode().MaxPriority);
    }

    private static QueueSettings Decode(params (string Name, object? Value)[] arguments) =>
        QueueSettings.From(new QueueDefinition { Id = new QueueId("/", "q"), Arguments = arguments.Length == 0 ? FieldTable.Empty : Table(arguments) });
}

using System.Text.Json.Nodes;
using OrleansBroker.CommandLine.Access;
using OrleansBroker.CommandLine.Amqp;
using OrleansBroker.CommandLine.Http;
using OrleansBroker.CommandLine.Invocations;
using OrleansBroker.CommandLine.Performance;
using RabbitMQ.Client;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>Values on their way between the command line, JSON and AMQP.</summary>
public class ValueTests
{
    [Theory]
    [InlineData("x-message-ttl=60000", "60000")]
    [InlineData("durable=true", "true")]
    [InlineData("name=some text", "\"some text\"")]
    [InlineData("id=\"5\"", "\"5\"")]
    [InlineData("list=[1,\"a\"]", "[1,\"a\"]")]
    [InlineData("key=a=b", "\"a=b\"")]
    [InlineData("empty=", "\"\"")]
    public void An_argument_is_what_its_value_reads_as(string pair, string json) =>
        Assert.Equal(json, NamedValues.Parse([pair]).Single().Value!.ToJsonString());

    [Theory]
    [InlineData("nothing")]
    [InlineData("=value")]
    public void An_argument_without_a_name_or_a_value_is_refused(string pair) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandFailure>(() => NamedValues.Parse([pair])).ExitCode);

    [Fact]
    public void A_table_comes_back_from_AMQP_as_it_went()
    {
        var table = (JsonObject)JsonNode.Parse("""{"n":5,"big":9007199254740993,"half":0.5,"yes":true,"text":"ü","list":[1,"a",null],"in":{"x":1}}""")!;
        Assert.True(JsonNode.DeepEquals(table, AmqpValues.ToJson(AmqpValues.Table(table))));
    }

    [Fact]
    public void Octets_that_are_no_text_are_shown_in_base_64()
    {
        Assert.Equal("text", AmqpValues.Text((object?)"text"u8.ToArray()));
        Assert.Equal("/wA=", AmqpValues.Text((object?)new byte[] { 0xff, 0 }));
        Assert.Equal("/wA=", AmqpValues.ToJson(new BinaryTableValue([0xff, 0]))!.GetValue<string>());
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a b%?#", "a%20b%25%3F%23")]
    [InlineData("a.b", "a.b")]
    public void A_name_is_one_step_of_a_path_whatever_is_in_it(string name, string step) =>
        Assert.Equal($"queues/%2F/{step}", ManagementApi.Path("queues", "/", name));

    // From RabbitMQ's documentation of its hashes.
    [Fact]
    public void A_hash_is_RabbitMQs() =>
        Assert.Equal("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR", PasswordHash.Make("test12", [0x90, 0x8D, 0xC6, 0x0A]));

    [Fact]
    public void Percentiles_are_within_two_percent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++)
        {
            histogram.Add(TimeSpan.FromMicroseconds(i));
        }

        Assert.InRange(histogram.At(0.5)!.Value, 49_000, 50_000);
        Assert.InRange(histogram.At(0.99)!.Value, 97_000, 99_000);
        Assert.InRange(histogram.At(1)!.Value, 98_000, 100_000);
        Assert.Null(new LatencyHistogram().At(0.5));
    }

    [Fact]
    public void A_latency_beyond_all_measure_is_counted()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.MaxValue);
        histogram.Add(TimeSpan.FromTicks(-5));
        Assert.Equal(0, histogram.At(0.5));
        Assert.True(histogram.At(1) > 0);
    }
}

using System.Net;

namespace OrleansBroker.Tests.Management;

[Collection(OneManagement.Name)]
public class ExchangeTests(ManagementSilo silo)
{
    [Fact]
    public async Task An_exchange_is_declared_looked_at_and_deleted()
    {
        const string Path = "exchanges/%2F/declared";
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, Path, """{"type":"topic","durable":true,"internal":true}"""));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, Path, """{"type":"topic","durable":true,"internal":true}"""));
        var exchange = await silo.GetAsync(Path);
        Assert.Equal(("declared", "topic", true), ((string)exchange["name"]!, (string)exchange["type"]!, (bool)exchange["internal"]!));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, Path));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Get, Path));
    }

    [Fact]
    public async Task What_is_published_to_an_exchange_is_counted_with_the_queues_that_it_reaches()
    {
        await silo.StatusAsync(HttpMethod.Put, "exchanges/%2F/counted", """{"type":"fanout"}""");
        foreach (var queue in (string[])["counted-a", "counted-b"])
        {
            await silo.StatusAsync(HttpMethod.Put, $"queues/%2F/{queue}", "{}");
            await silo.StatusAsync(HttpMethod.Post, $"bindings/%2F/e/counted/q/{queue}", "{}");
        }

        Assert.Null((await silo.GetAsync("exchanges/%2F/counted"))["message_stats"]);
        const string Message = """{"properties":{},"routing_key":"","payload":"x","payload_encoding":"string"}""";
        await silo.StatusAsync(HttpMethod.Post, "exchanges/%2F/counted/publish", Message);
        await silo.StatusAsync(HttpMethod.Post, "exchanges/%2F/counted/publish", Message);

        var exchange = await silo.GetAsync("exchanges/%2F/counted");
        Assert.Equal((2, 4), ((int)exchange["message_stats"]!["publish_in"]!, (int)exchange["message_stats"]!["publish_out"]!));
        Assert.Equal(0, (double)exchange["message_stats"]!["publish_in_details"]!["rate"]!, 100.0);
        Assert.Equal(["counted-a 2", "counted-b 2"], exchange["outgoing"]!.AsArray().Select(one => $"{one!["queue"]!["name"]} {one["stats"]!["publish"]}"));
        var listed = (await silo.GetAsync("exchanges/%2F")).AsArray().Single(one => (string)one!["name"]! == "counted");
        Assert.Equal(2, (int)listed!["message_stats"]!["publish_in"]!);
        var incoming = (await silo.GetAsync("queues/%2F/counted-a"))["incoming"]!.AsArray().Single()!;
        Assert.Equal(("counted", 2), ((string)incoming["exchange"]!["name"]!, (int)incoming["stats"]!["publish"]!));
        Assert.Null((await silo.GetAsync("exchanges/%2F?disable_stats=true")).AsArray().Single(one => (string)one!["name"]! == "counted")!["message_stats"]);
    }

    [Theory]
    [InlineData("exchanges/%2F/unlike", """{"type":"fanout"}""", "inequivalent arg 'type' for exchange 'unlike' in vhost '/': received 'fanout' but current is 'direct'")]
    [InlineData("exchanges/%2F/other", """{"type":"nope"}""", "unknown exchange type 'nope'")]
    public async Task What_cannot_be_declared_is_refused_in_RabbitMQs_words(string path, string body, string reason)
    {
        await silo.StatusAsync(HttpMethod.Put, "exchanges/%2F/unlike", """{"type":"direct"}""");
        Assert.Equal((400, "bad_request", reason), await silo.RefusalAsync(HttpMethod.Put, path, body));
    }

    [Fact]
    public async Task The_default_exchange_is_listed_without_a_name() =>
        Assert.Contains((await silo.GetAsync("exchanges/%2F")).AsArray(), exchange => (string)exchange!["name"]! == "");

    [Fact]
    public async Task A_predeclared_exchange_stays()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Delete, "exchanges/%2F/amq.topic"));
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, "exchanges/%2F/amq.topic"));
    }

    [Fact]
    public async Task Bindings_are_made_listed_from_both_ends_and_removed()
    {
        await silo.StatusAsync(HttpMethod.Put, "exchanges/%2F/from", """{"type":"topic"}""");
        await silo.StatusAsync(HttpMethod.Put, "exchanges/%2F/to", """{"type":"fanout"}""");
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/bound", "{}");
        Assert.Equal("bound/a.%252A", await BindAsync("e/from/q/bound", """{"routing_key":"a.*"}"""));
        Assert.Equal("bound/~", await BindAsync("e/from/q/bound", "{}"));
        Assert.StartsWith("bound/~", await BindAsync("e/from/q/bound", """{"routing_key":"","arguments":{"x":1}}"""), StringComparison.Ordinal);
        Assert.Equal("to/k", await BindAsync("e/from/e/to", """{"routing_key":"k"}"""));

        Assert.Equal(4, (await silo.GetAsync("exchanges/%2F/from/bindings/source")).AsArray().Count);
        Assert.Equal("k", (string)(await silo.GetAsync("exchanges/%2F/to/bindings/destination"))[0]!["routing_key"]!);
        Assert.Equal(4, (await silo.GetAsync("queues/%2F/bound/bindings")).AsArray().Count);
        Assert.Equal("bound", (string)(await silo.GetAsync("bindings/%2F/e/amq.default/q/bound"))[0]!["routing_key"]!);
        Assert.Equal("a.*", (string)(await silo.GetAsync("bindings/%2F/e/from/q/bound/a.%2A"))["routing_key"]!);

        foreach (var binding in (await silo.GetAsync("bindings/%2F/e/from/q/bound")).AsArray())
        {
            var key = Uri.EscapeDataString((string)binding!["properties_key"]!);
            Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"bindings/%2F/e/from/q/bound/{key}"));
            Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Delete, $"bindings/%2F/e/from/q/bound/{key}"));
        }

        Assert.Empty((await silo.GetAsync("bindings/%2F/e/from/q/bound")).AsArray());
    }

    [Fact]
    public async Task A_binding_with_an_end_that_is_missing_is_refused()
    {
        await silo.StatusAsync(HttpMethod.Put, "queues/%2F/there", "{}");
        Assert.Equal((404, "not_found", "no exchange 'gone' in vhost '/'"), await silo.RefusalAsync(HttpMethod.Post, "bindings/%2F/e/gone/q/there", "{}"));
        Assert.Equal((404, "not_found", "no queue 'gone' in vhost '/'"), await silo.RefusalAsync(HttpMethod.Post, "bindings/%2F/e/amq.topic/q/gone", "{}"));
    }

    [Theory]
    [InlineData("exchanges/%2F/gone/publish", """{"properties":{},"routing_key":"k","payload":"x","payload_encoding":"string"}""", "404 NOT_FOUND - no exchange 'gone' in vhost '/'")]
    [InlineData("exchanges/%2F/amq.topic/publish", """{"properties":{}}""", "[{key_missing,routing_key},\n {key_missing,payload},\n {key_missing,payload_encoding}]")]
    public async Task A_publication_that_cannot_be_is_refused(string path, string body, string reason) =>
        Assert.Equal((400, "bad_request", reason), await silo.RefusalAsync(HttpMethod.Post, path, body));

    private async Task<string> BindAsync(string ends, string body)
    {
        using var response = await silo.SendAsync(HttpMethod.Post, $"bindings/%2F/{ends}", body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.GetValues("Location").Single();
    }
}

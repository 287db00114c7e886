using System.Net;
using OrleansBroker.Tests.Native;

namespace OrleansBroker.Tests.Management.Access;

/// <summary>Answers about users, permissions, virtual hosts, policies and parameters, as RabbitMQ gives them.</summary>
[Collection(OneManagement.Name)]
public sealed class AccessRequestTests(ManagementSilo silo)
{
    [Theory]
    [InlineData("PUT", "users/{0}", """{"password":"x"}""", 400, "tags_not_present")]
    [InlineData("PUT", "users/{0}", """{"password_hash":"!!","tags":""}""", 400, "[\"not_base64\"]")]
    [InlineData("PUT", "users/{0}", "nojson", 400, "not_json")]
    [InlineData("PUT", "users/guest", """{"tags":""}""", 400, "user 'guest' is set by configuration (Broker:Access:Users:guest) and is changed there")]
    [InlineData("GET", "users/{0}", null, 404, "Not Found")]
    [InlineData("DELETE", "users/{0}", null, 404, "Not Found")]
    [InlineData("PUT", "permissions/%2F/{0}", """{"configure":"","write":"","read":""}""", 400, "vhost_or_user_not_found")]
    [InlineData("PUT", "permissions/{0}/{0}", """{"configure":"","write":"","read":""}""", 400, "vhost_or_user_not_found")]
    [InlineData("PUT", "permissions/%2F/{0}", """{"configure":""}""", 400, "[{key_missing,write},{key_missing,read}]")]
    [InlineData("PUT", "topic-permissions/%2F/{0}", """{"exchange":"x"}""", 400, "[{key_missing,write},{key_missing,read}]")]
    [InlineData("GET", "vhosts/{0}", null, 404, "Not Found")]
    [InlineData("DELETE", "vhosts/{0}", null, 404, "Not Found")]
    [InlineData("PUT", "vhosts/{0}", """{"default_queue_type":"zz"}""", 400, "zz is not a valid queue type; allowed: classic, quorum, stream")]
    [InlineData("PUT", "vhost-limits/%2F/max-foo", """{"value":1}""", 400, "Validation failed\n\nUnrecognised terms [{<<\"max-foo\">>,1}] in limits\n")]
    [InlineData("PUT", "vhost-limits/%2F/max-queues", """{"value":"a"}""", 400, "Validation failed\n\nmax-queues should be a number, actually was <<\"a\">>\n")]
    [InlineData("PUT", "vhost-limits/%2F/max-queues", "{}", 400, "[{key_missing,value}]")]
    [InlineData("PUT", "policies/%2F/{0}", """{"pattern":"x"}""", 400, "[{key_missing,definition}]")]
    [InlineData("PUT", "policies/%2F/{0}", """{"pattern":"x","definition":{"nope":1}}""", 400, "Validation failed\n\n[{<<\"nope\">>,1}] are not recognised policy settings\n")]
    [InlineData("PUT", "policies/%2F/{0}", """{"pattern":"x","definition":{"max-length":1},"priority":"zz"}""", 400, "Validation failed\n\npriority should be a number, actually was <<\"zz\">>\n")]
    [InlineData("DELETE", "policies/%2F/{0}", null, 404, "Not Found")]
    [InlineData("GET", "policies/{0}", null, 404, "Not Found")]
    [InlineData("GET", "parameters/shovel/%2F/{0}", null, 404, "Not Found")]
    [InlineData("DELETE", "global-parameters/{0}", null, 404, "Not Found")]
    [InlineData("POST", "definitions", "nojson", 400, "failed_to_parse_json")]
    [InlineData("POST", "definitions", """{"queues":[{"name":"q"}]}""", 400, "some of the queues name no virtual host: definitions of one virtual host are posted to /api/definitions/ and its name")]
    public async Task What_cannot_be_is_refused(string method, string path, string? body, int status, string reason)
    {
        var refusal = await silo.RefusalAsync(new HttpMethod(method), path.Replace("{0}", NativeCluster.Unique("n"), StringComparison.Ordinal), body);
        Assert.Equal((status, reason), (refusal.Status, refusal.Reason));
    }

    [Theory]
    [InlineData("users", "watcher")]
    [InlineData("users", "maker")]
    [InlineData("permissions", "maker")]
    [InlineData("definitions", "maker")]
    [InlineData("parameters", "watcher")]
    public async Task What_is_not_the_users_to_see_is_refused(string path, string user) =>
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Get, path, user: user));

    [Fact]
    public async Task A_policymaker_makes_policies_where_permitted_and_no_operator_policies()
    {
        var (name, body) = (NativeCluster.Unique("p"), """{"pattern":"^nothing$","definition":{"max-length":1}}""");
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"policies/%2F/{name}", body, "maker"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Put, $"policies/%2F/{name}", body, "watcher"));
        Assert.Equal(HttpStatusCode.Unauthorized, await silo.StatusAsync(HttpMethod.Put, $"operator-policies/%2F/{name}", body, "maker"));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"policies/%2F/{name}", user: "maker"));
    }

    [Fact]
    public async Task A_user_is_as_it_was_put_and_the_password_is_not_shown()
    {
        var user = NativeCluster.Unique("user");
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"users/{user}", new { password = "secret", tags = "monitoring,x" }));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, $"users/{user}", new { password = "secret", tags = new[] { "monitoring" } }));
        var shown = await silo.GetAsync($"users/{user}");
        Assert.Equal("""["monitoring"]""", shown["tags"]!.ToJsonString());
        Assert.Equal("pbkdf2-sha256", (string?)shown["hashing_algorithm"]);
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, "whoami", user: $"{user}:secret"));

        // The hash that is shown is the one that is taken in.
        var again = new { password_hash = (string?)shown["password_hash"], hashing_algorithm = "pbkdf2-sha256", tags = "monitoring" };
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, $"users/{user}", again));
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, "whoami", user: $"{user}:secret"));
        Assert.Contains(user, (await silo.GetAsync("users/without-permissions")).ToJsonString());
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Post, "users/bulk-delete", new { users = new[] { user } }));
        Assert.Equal(HttpStatusCode.NotFound, await silo.StatusAsync(HttpMethod.Get, $"users/{user}"));
    }

    [Fact]
    public async Task Parameters_are_kept_as_they_were_put()
    {
        var name = NativeCluster.Unique("shovel");
        var body = """{"value":{"src-uri":"amqp://","src-queue":"a","nested":[1,2.5,null]}}""";
        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"parameters/shovel/%2F/{name}", body));
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Put, $"parameters/shovel/%2F/{name}", body));
        Assert.Equal(
            $$"""{"value":{"src-uri":"amqp://","src-queue":"a","nested":[1,2.5,null]},"vhost":"/","component":"shovel","name":"{{name}}"}""",
            (await silo.GetAsync($"parameters/shovel/%2F/{name}")).ToJsonString());
        Assert.Contains(name, (await silo.GetAsync("parameters/shovel/%2F")).ToJsonString());
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"parameters/shovel/%2F/{name}"));

        Assert.Equal(HttpStatusCode.Created, await silo.StatusAsync(HttpMethod.Put, $"global-parameters/{name}", """{"value":5}"""));
        Assert.Equal($$"""{"name":"{{name}}","value":5}""", (await silo.GetAsync($"global-parameters/{name}")).ToJsonString());
        Assert.Equal(HttpStatusCode.NoContent, await silo.StatusAsync(HttpMethod.Delete, $"global-parameters/{name}"));
    }
}

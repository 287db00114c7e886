using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>The requests of commands for users, permissions, policies and the like: RabbitMQ's paths and bodies.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private readonly List<string> _requests = [];
    private readonly Dictionary<string, string> _answers = new()
    {
        ["GET /api/users"] = """[{"name":"guest"}]""",
        ["GET /api/users/ann"] = """{"name":"ann","password_hash":"hash","hashing_algorithm":"algorithm","tags":["monitoring"]}""",
        ["GET /api/vhost-limits/v%2F1"] = """[{"vhost":"v/1","value":{"max-queues":5,"max-connections":6}}]""",
        ["GET /api/connections"] = """[{"name":"a","vhost":"/","user":"u"},{"name":"b c","vhost":"other","user":"u"}]""",
        ["GET /api/vhosts/v"] = """{"name":"v","description":"d","tags":["a","b"],"default_queue_type":"undefined"}""",
        ["GET /api/definitions"] = """{"users":[{"name":"ann"}],"queues":[]}""",
    };

    private WebApplication _api = null!;
    private string _url = "";

    public static TheoryData<string, string> Lines => new()
    {
        { "users add bob secret --tags monitoring", """GET /api/users | PUT /api/users/bob {"password":"secret","tags":"monitoring"}""" },
        { "add_user bob -", """GET /api/users | PUT /api/users/bob {"password":"typed","tags":""}""" },
        { "change_password ann new", """GET /api/users/ann | PUT /api/users/ann {"password":"new","tags":["monitoring"]}""" },
        { "clear_password ann", """GET /api/users/ann | PUT /api/users/ann {"password_hash":"","tags":["monitoring"]}""" },
        { "set_user_tags ann administrator other", """GET /api/users/ann | PUT /api/users/ann {"tags":"administrator,other","password_hash":"hash","hashing_algorithm":"algorithm"}""" },
        { "delete_user a/b", "DELETE /api/users/a%2Fb" },
        { "set_permissions -p v/1 ann ^a .* ^$", """PUT /api/permissions/v%2F1/ann {"configure":"^a","write":".*","read":"^$"}""" },
        { "clear_permissions ann", "DELETE /api/permissions/%2F/ann" },
        { "set_topic_permissions ann amq.topic ^w ^r", """PUT /api/topic-permissions/%2F/ann {"exchange":"amq.topic","write":"^w","read":"^r"}""" },
        { "clear_topic_permissions ann amq.topic", "DELETE /api/topic-permissions/%2F/ann/amq.topic" },
        { "set_policy --priority 2 --apply-to queues ttl ^q {\"message-ttl\":5}", """PUT /api/policies/%2F/ttl {"pattern":"^q","definition":{"message-ttl":5},"priority":2,"apply-to":"queues"}""" },
        { "set_operator_policy op ^q {\"max-length\":5}", """PUT /api/operator-policies/%2F/op {"pattern":"^q","definition":{"max-length":5},"priority":0,"apply-to":"queues"}""" },
        { "clear_policy ttl", "DELETE /api/policies/%2F/ttl" },
        { "clear_operator_policy op", "DELETE /api/operator-policies/%2F/op" },
        { "add_vhost .. --description d", """GET /api/vhosts | PUT /api/vhosts/%2E%2E {"description":"d"}""" },
        { "delete_vhost v", "DELETE /api/vhosts/v" },
        { "set_vhost_limits -p v {\"max-queues\":5,\"max-connections\":-1}", """PUT /api/vhost-limits/v/max-queues {"value":5} | PUT /api/vhost-limits/v/max-connections {"value":-1}""" },
        { "clear_vhost_limits -p v/1", "GET /api/vhost-limits/v%2F1 | DELETE /api/vhost-limits/v%2F1/max-queues | DELETE /api/vhost-limits/v%2F1/max-connections" },
        { "set_user_limits ann {\"max-channels\":5}", """PUT /api/user-limits/ann/max-channels {"value":5}""" },
        { "trace_on -p v", """GET /api/vhosts/v | PUT /api/vhosts/v {"description":"d","tags":"a,b","tracing":true}""" },
        { "set_parameter shovel s {\"a\":1}", """PUT /api/parameters/shovel/%2F/s {"vhost":"/","component":"shovel","name":"s","value":{"a":1}}""" },
        { "set_global_parameter g 5", """PUT /api/global-parameters/g {"name":"g","value":5}""" },
        { "close_connection a:1 bye", "DELETE /api/connections/a%3A1 reason bye" },
        { "close_all_connections -p other", "GET /api/connections | DELETE /api/connections/b%20c reason Closed from the command line" },
        { "delete_queue q -e --if-unused", "DELETE /api/queues/%2F/q?if-empty=true&if-unused=true" },
        { "list_permissions -p v", "GET /api/vhosts/v/permissions" },
        { "import_definitions -", """POST /api/definitions {"typed":1}""" },
        { "import_definitions - -p v", """POST /api/definitions/v {"typed":1}""" },
    };

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _api = builder.Build();
        _api.Run(AnswerAsync);
        await _api.StartAsync();
        _url = _api.Urls.Single();
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_command_asks_for_what_its_counterpart_of_RabbitMQ_does(string line, string requests)
    {
        var input = line.StartsWith("import", StringComparison.Ordinal) ? """{"typed":1}""" : "typed\n";
        var run = await ToolRun.RunAsync(line.Split(' '), Environment(), input);
        Assert.True(run.Code == 0, run.ToString());
        Assert.Equal(requests, string.Join(" | ", _requests));
    }

    [Fact]
    public async Task A_user_that_is_there_is_not_added_over()
    {
        Assert.Equal(1, (await ToolRun.RunAsync(["add_user", "guest", "x"], Environment())).Code);
        Assert.Equal(["GET /api/users"], _requests);
    }

    [Fact]
    public async Task Definitions_are_written_to_a_file_that_only_its_owner_reads()
    {
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.Equal(0, (await ToolRun.RunAsync(["export_definitions", file], Environment())).Code);
        Assert.Equal("ann", (string?)JsonNode.Parse(await File.ReadAllTextAsync(file))!["users"]![0]!["name"]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData("403 {\"error\":\"not_authorised\",\"reason\":\"User not\\u001b[2J allowed\"}", "Refused with 403: User not\\x1b[2J allowed")]
    [InlineData("401 {\"error\":\"not_authorised\",\"reason\":\"Login failed\"}", "refused user 'guest': Login failed")]
    [InlineData("404 {\"error\":\"Object Not Found\",\"reason\":\"Not Found\"}", "There is no /api/whoami")]
    [InlineData("500 oops", "Refused with 500")]
    [InlineData("200 <html>", "is no HTTP API of a broker")]
    public async Task A_refusal_is_told_in_the_brokers_words(string answer, string told)
    {
        _answers["GET /api/whoami"] = answer;
        var run = await ToolRun.RunAsync(["whoami"], Environment());
        Assert.Equal(1, run.Code);
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', run.Error);
    }

    private Dictionary<string, string> Environment() => new() { ["ORLEANSBROKER_URL"] = _url };

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var request = $"{context.Request.Method} {context.Features.Get<IHttpRequestFeature>()!.RawTarget}";
        var reason = context.Request.Headers["X-Reason"].ToString();
        _requests.Add(request + (body.Length > 0 ? " " + body : "") + (reason.Length > 0 ? " reason " + reason : ""));
        var answer = _answers.GetValueOrDefault(request, context.Request.Method == "GET" ? "[]" : "");
        if (answer.Length > 4 && int.TryParse(answer[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            (context.Response.StatusCode, answer) = (status, answer[4..]);
        }

        await context.Response.WriteAsync(answer);
    }
}

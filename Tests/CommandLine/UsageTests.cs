using System.CommandLine;
using OrleansBroker.CommandLine.Commands;

namespace OrleansBroker.Tests.CommandLine;

/// <summary>What is refused before the broker is asked, and how commands are found.</summary>
public class UsageTests
{
    [Theory]
    [InlineData("bogus")]
    [InlineData("list", "bogus")]
    [InlineData("declare", "queue")]
    [InlineData("get", "q", "--count", "0")]
    [InlineData("get", "q", "--count", "many")]
    [InlineData("list", "queues", "--format", "xml")]
    [InlineData("redrive", "q", "--to", "nowhere")]
    [InlineData("move", "q")]
    [InlineData("move", "q", "q")]
    [InlineData("move", "q", "other", "--exchange", "e")]
    [InlineData("completion", "tcsh")]
    [InlineData("perf", "--prefetch", "10", "--ack-each", "11")]
    [InlineData("declare", "queue", "q", "-a", "no-value")]
    [InlineData("declare", "queue", "q", "--arguments", "[1]")]
    [InlineData("list", "queues", "--url", "ftp://localhost")]
    [InlineData("list", "queues", "--name", "(")]
    [InlineData("tail", "")]
    public async Task A_line_that_cannot_be_meant_is_refused_with_exit_code_2(params string[] arguments)
    {
        // A port where nobody listens: whatever went there would end with 1.
        var run = await ToolRun.Of([.. arguments, "--port", "1", .. arguments.Contains("--url") ? (string[])[] : ["--url", "http://127.0.0.1:1"]]);
        Assert.Equal(2, run.Code);
        Assert.NotEmpty(run.Error);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set_vm_memory_high_watermark", "0.4", "Broker:Amqp:MemoryWatermark")]
    [InlineData("set_vm_memory_high_watermark", "absolute", "Broker:Amqp:MemoryWatermark")]
    [InlineData("set_disk_free_limit", "2GB", "Broker:Amqp:DiskFreeLimit")]
    public async Task A_watermark_is_a_setting_and_whoever_would_change_it_is_told_its_key(string command, string value, string key)
    {
        var run = await ToolRun.Of(command, value);
        Assert.Equal(2, run.Code);
        Assert.Contains(key, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ORLEANSBROKER_PORT", "here")]
    [InlineData("ORLEANSBROKER_FORMAT", "xml")]
    public async Task A_variable_that_cannot_be_meant_is_named(string variable, string value)
    {
        var run = await ToolRun.RunAsync(["ping"], new() { [variable] = value });
        Assert.Equal(2, run.Code);
        Assert.Contains(variable, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_one_line_and_exit_code_1()
    {
        foreach (var command in (string[][])[["ping"], ["status"], ["get", "q"]])
        {
            var run = await ToolRun.Of([.. command, "--port", "1", "--url", "http://127.0.0.1:1"]);
            Assert.Equal(1, run.Code);
            Assert.Contains("cannot be reached", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public async Task Two_passwords_are_one_too_many()
    {
        var run = await ToolRun.Of("ping", "--password", "a", "--password-file", "b");
        Assert.Equal(2, run.Code);
    }

    [Fact]
    public void Every_command_and_option_has_a_description_and_no_name_is_taken_twice()
    {
        var root = CommandTree.Build(Terminals.Silent);
        Assert.Equal(root.Subcommands.Count, root.Subcommands.Select(command => command.Name).Distinct().Count());
        foreach (var command in root.Subcommands.SelectMany(command => command.Subcommands.Prepend(command)))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), command.Name);
            Assert.All(command.Options.Cast<Symbol>().Concat(command.Arguments), symbol => Assert.False(string.IsNullOrEmpty(symbol.Description), symbol.Name));
        }
    }

    [Theory]
    [InlineData("status cluster_status list_queues list_exchanges list_bindings list_connections list_channels list_consumers list_users list_vhosts")]
    [InlineData("list_permissions list_topic_permissions list_user_permissions list_policies list_operator_policies list_parameters list_feature_flags")]
    [InlineData("add_user delete_user change_password clear_password set_user_tags authenticate_user add_vhost delete_vhost set_permissions")]
    [InlineData("clear_permissions set_topic_permissions clear_topic_permissions set_policy clear_policy set_operator_policy clear_operator_policy")]
    [InlineData("set_vhost_limits clear_vhost_limits set_user_limits clear_user_limits purge_queue delete_queue close_connection close_all_connections")]
    [InlineData("export_definitions import_definitions trace_on trace_off hash_password ping check_alarms check_local_alarms check_virtual_hosts")]
    [InlineData("check_port_listener check_protocol_listener memory_breakdown set_parameter clear_parameter set_global_parameter")]
    public void Names_of_rabbitmqctl_are_known(string names)
    {
        var known = CommandTree.Build(Terminals.Silent).Subcommands.Select(command => command.Name).ToHashSet();
        Assert.All(names.Split(' '), name => Assert.Contains(name, known));
    }

    [Fact]
    public async Task The_help_asks_no_broker_and_names_the_tool()
    {
        var run = await ToolRun.Of("move", "--help", "--url", "http://127.0.0.1:1");
        Assert.Equal(0, run.Code);
        Assert.Contains("orleansbroker move <source>", run.Out, StringComparison.Ordinal);
    }
}

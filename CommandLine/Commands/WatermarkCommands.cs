using OrleansBroker.CommandLine.Invocations;

namespace OrleansBroker.CommandLine.Commands;

/// <summary>What rabbitmqctl changes in a running node and is a setting of each silo: who looks for it is told which.</summary>
internal static class WatermarkCommands
{
    public static IEnumerable<CommandSpec> All =>
    [
        Of("set_vm_memory_high_watermark", "Broker:Amqp:MemoryWatermark"),
        Of("set_disk_free_limit", "Broker:Amqp:DiskFreeLimit"),
    ];

    private static CommandSpec Of(string name, string key) => new(
        name,
        $"Changes nothing: it is {key} in each silo's configuration",
        command =>
        {
            command.Words("value", "What it would be set to.");
            return (_, _) => throw CommandFailure.Usage(
                $"This is {key} in the configuration of each silo, which reads it when it starts. 'list nodes name mem_limit disk_free_limit' shows what holds.");
        });
}

using System.Globalization;
using System.Text;
using OrleansBroker.Benchmarks.Load;
using OrleansBroker.ClientLib;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace OrleansBroker.Benchmarks.Clusters;

/// <summary>
/// One of three silos is killed (-9) with its queues; how long until consumers at another silo, by AMQP and native, get the first message
/// that was published after the kill. Then it is started again, and the next one's turn comes. Options: <c>--connection</c>,
/// <c>--kills</c> (50).
/// </summary>
internal static class FailoverBenchmark
{
    private const int Silos = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task<int> RunAsync(string[] args)
    {
        var arguments = new Arguments(args);

        // The queues of a round are to stand on the silo that is killed.
        await using var cluster = await SiloCluster.StartAsync(arguments, Silos, "--Broker:Balance:Interval", "0");
        if (cluster is null)
        {
            return 1;
        }

        List<double> amqp = [], native = [];
        for (var round = 0; round < arguments.Number("kills", 50); round++)
        {
            var (victim, other) = (cluster.Silos[round % Silos], cluster.Silos[(round + 1) % Silos]);
            var (byAmqp, byNative) = await KillAsync(victim, other, round);
            amqp.Add(byAmqp.TotalSeconds);
            native.Add(byNative.TotalSeconds);
            Console.WriteLine($"Kill {round + 1}: {byAmqp.TotalSeconds:0.00} s by AMQP, {byNative.TotalSeconds:0.00} s native");
            await victim.StartAsync();
        }

        Console.WriteLine($"AMQP:   {Summary(amqp)}");
        Console.WriteLine($"Native: {Summary(native)}");
        return 0;
    }

    private static async Task<(TimeSpan Amqp, TimeSpan Native)> KillAsync(ClusterSilo victim, ClusterSilo other, int round)
    {
        string[] queues = [$"amqp-{round}", $"native-{round}"];
        await using (var doomed = await Connection.OpenAsync(victim.Address))
        {
            foreach (var queue in queues)
            {
                await doomed.CreateQueueAsync(queue);
                await doomed.PublishAsync("0", queue: queue);
            }
        }

        await using var native = await Connection.OpenAsync(other.Address);
        await using var amqp = await new ConnectionFactory { HostName = "127.0.0.1", Port = other.AmqpPort }.CreateConnectionAsync();
        var (byAmqp, byNative) = (new FirstDelivery(), new FirstDelivery());
        await using var channel = await amqp.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            byAmqp.Came(Encoding.UTF8.GetString(delivery.Body.Span));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queues[0], autoAck: false, consumer);
        await using var subscription = await native.SubscribeAsync(delivery => byNative.Came(delivery.Text), queues[1]);
        await byAmqp.Attached.WaitAsync(Patience, TimeProvider.System);
        await byNative.Attached.WaitAsync(Patience, TimeProvider.System);
        var nodes = new HashSet<string>();
        foreach (var queue in queues)
        {
            nodes.Add((string)(await other.GetAsync($"queues/%2F/{queue}"))["node"]!);
        }

        var killed = TimeProvider.System.GetTimestamp();
        victim.Kill();
        var publishing = Task.WhenAll(queues.Select(queue => native.PublishAsync("1", queue: queue)));
        var times = await Task.WhenAll(byAmqp.AfterKill(killed), byNative.AfterKill(killed)).WaitAsync(Patience, TimeProvider.System);
        await publishing;
        if (nodes.Count != 1)
        {
            throw new InvalidOperationException("The queues did not stand on one silo.");
        }

        foreach (var queue in queues)
        {
            await native.DeleteQueueAsync(queue);
        }

        return (times[0], times[1]);
    }

    private static string Summary(List<double> seconds)
    {
        seconds.Sort();
        return string.Create(
            CultureInfo.InvariantCulture, $"median {seconds[seconds.Count / 2]:0.0} s, least {seconds[0]:0.0} s, worst {seconds[^1]:0.0} s ({seconds.Count} kills)");
    }

    /// <summary>When a consumer got the message from before the kill, and the one from after it.</summary>
    private sealed class FirstDelivery
    {
        private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<long> _after = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Attached => _attached.Task;

        public void Came(string text)
        {
            if (text == "0")
            {
                _attached.TrySetResult();
            }
            else
            {
                _after.TrySetResult(TimeProvider.System.GetTimestamp());
            }
        }

        public async Task<TimeSpan> AfterKill(long killed) => TimeProvider.System.GetElapsedTime(killed, await _after.Task);
    }
}

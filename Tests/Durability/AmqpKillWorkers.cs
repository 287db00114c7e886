using OrleansBroker.Tests.SiloProcesses;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace OrleansBroker.Tests.Durability;

/// <summary>Workers with RabbitMQ.Client. Those that last leave it to the client to recover their connections and consumers.</summary>
internal sealed class AmqpKillWorkers(SiloProcess silo, int seed, History history) : KillWorkers(silo.Address, seed, history)
{
    private const int HighestPrefetch = 100;

    private static readonly TimeSpan RecoveryInterval = TimeSpan.FromMilliseconds(300);

    protected override Task PublishAsync(int publisher, Random random, bool lasts, CancellationToken ends) =>
        WithConnectionAsync(
            lasts,
            async connection =>
            {
                var last = 0L;
                do
                {
                    // Sequence numbers begin anew with a channel: after an outage it takes a new one.
                    using var publishes = new ConfirmedPublishes(publisher, last, History);
                    await PastOutageAsync(() => publishes.RunAsync(connection, Queue, random, ends), ends);
                    last = publishes.GiveUp();
                    await Task.Delay(RecoveryInterval, TimeProvider.System, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                while (lasts && !ends.IsCancellationRequested);
            },
            ends);

    protected override Task ConsumeAsync(int session, Random random, bool lasts, bool returns, CancellationToken ends) =>
        WithConnectionAsync(
            lasts,
            async connection =>
            {
                var since = Round;
                await using var channel = await connection.CreateChannelAsync(cancellationToken: ends);
                var prefetch = random.Next(1, HighestPrefetch);
                await channel.BasicQosAsync(0, (ushort)prefetch, global: false, ends);
                var settling = new RandomSettling(
                    channel,
                    random,
                    returns ? prefetch / 2 : 0,
                    returns,
                    (message, redelivered, fate) => History.Deliver(new DeliveryRecord(Round, session, since, message, redelivered, fate)));
                channel.ChannelShutdownAsync += (_, _) =>
            {
                settling.Forget();
                return Task.CompletedTask;
            };
                var consumer = new AsyncEventingBasicConsumer(channel);
                consumer.ReceivedAsync += (_, delivery) => PastOutageAsync(() => settling.SettleAsync(delivery), ends);
                await channel.BasicConsumeAsync(Queue, autoAck: false, consumer, ends);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                settling.End();
            },
            ends);

    private Task WithConnectionAsync(bool lasts, Func<IConnection, Task> work, CancellationToken ends)
    {
        var factory = new ConnectionFactory
        {
            HostName = "127.0.0.1",
            Port = silo.AmqpPort,
            AutomaticRecoveryEnabled = lasts,
            NetworkRecoveryInterval = RecoveryInterval,
        };
        return PastOutageAsync(
            async () =>
            {
                await using var connection = await factory.CreateConnectionAsync(ends);
                await work(connection);
            },
            ends);
    }

    private static async Task PastOutageAsync(Func<Task> work, CancellationToken ends)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (ends.IsCancellationRequested
            || failure is AlreadyClosedException or OperationInterruptedException or BrokerUnreachableException or IOException)
        {
            // The silo died under it, or its time is over: what it had and did not settle is redelivered.
        }
    }
}

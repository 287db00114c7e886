using OrleansBroker.ClientLib;

namespace OrleansBroker.Tests.Durability;

/// <summary>Workers with the native client, whose connections outlast a silo by themselves.</summary>
internal sealed class NativeKillWorkers(string address, int seed, History history, int firstWorker = 0)
    : KillWorkers(address, seed, history, firstWorker)
{
    private const int Window = 64;

    private static readonly ConnectionOptions Options = new() { OpenTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(20) };

    private readonly string _address = address;

    protected override async Task PublishAsync(int publisher, Random random, bool lasts, CancellationToken ends)
    {
        var inFlight = new Queue<(MessageName Message, Task Confirm)>();
        try
        {
            await using var connection = await Connection.OpenAsync(_address, Options, ends);
            for (var number = 1L; !ends.IsCancellationRequested; number++)
            {
                var message = new MessageName(publisher, number);
                inFlight.Enqueue((message, connection.PublishAsync(message.ToString(), queue: Queue, cancellationToken: ends)));
                if (inFlight.Count >= Window)
                {
                    await RecordAsync(inFlight.Dequeue());
                }

                if (random.Next(16) == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 8)), TimeProvider.System, ends);
                }
            }
        }
        catch (Exception failure) when (IsEndOrOutage(failure, ends))
        {
            // The silo died under it, or its round is over: what is in flight is recorded below.
        }

        while (inFlight.TryDequeue(out var publish))
        {
            await RecordAsync(publish);
        }
    }

    protected override async Task ConsumeAsync(int session, Random random, bool lasts, bool returns, CancellationToken ends)
    {
        var since = Round;
        try
        {
            await using var connection = await Connection.OpenAsync(_address, Options, ends);
            await foreach (var delivery in connection.ReadAllAsync(Queue, prefetch: random.Next(1, 100), cancellationToken: ends))
            {
                var isReturned = returns && random.Next(10) == 0;
                var fate = isReturned ? SettleFate.Returned : SettleFate.Acked;
                History.Deliver(new DeliveryRecord(Round, session, since, MessageName.Parse(delivery.Text), delivery.Redelivered, fate));
                await (isReturned ? delivery.NackAsync(requeue: true) : delivery.AckAsync());
            }
        }
        catch (Exception failure) when (IsEndOrOutage(failure, ends))
        {
            // What it had and did not settle is redelivered.
        }
    }

    private async Task RecordAsync((MessageName Message, Task Confirm) publish)
    {
        await publish.Confirm.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        History.Publish(publish.Message, publish.Confirm.IsCompletedSuccessfully ? PublishFate.Confirmed : PublishFate.Unknown);
    }

    private static bool IsEndOrOutage(Exception failure, CancellationToken ends) =>
        ends.IsCancellationRequested || failure is BrokerUnreachableException;
}

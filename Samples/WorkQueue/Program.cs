using OrleansBroker.ClientLib;

// Shares tasks among two workers. Each takes one task at a time; the task that a worker gives up on goes back and is done all the same.
await using var connection = await Connection.OpenAsync(args.FirstOrDefault() ?? "localhost");
await connection.CreateQueueAsync("tasks");
for (var task = 1; task <= 6; task++)
{
    await connection.PublishAsync($"task {task}", queue: "tasks");
}

using var done = new CancellationTokenSource();
var open = 6;
await Task.WhenAll(WorkAsync("anna"), WorkAsync("bert"));
Console.WriteLine("All tasks are done.");

async Task WorkAsync(string worker)
{
    try
    {
        await foreach (var delivery in connection.ReadAllAsync("tasks", prefetch: 1, cancellationToken: done.Token))
        {
            if (delivery.Text == "task 3" && !delivery.Redelivered)
            {
                await delivery.NackAsync(requeue: true);
                continue;
            }

            await delivery.AckAsync();
            Console.WriteLine($"{worker} did {delivery.Text}");
            if (Interlocked.Decrement(ref open) == 0)
                await done.CancelAsync();
        }
    }
    catch (OperationCanceledException) when (done.IsCancellationRequested)
    {
        Console.WriteLine($"{worker} goes home");
    }
}

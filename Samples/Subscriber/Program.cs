using OrleansBroker.ClientLib;

// Prints what comes to the default queue until Ctrl+C. An argument names the server: Subscriber host:30000
var stopped = new TaskCompletionSource();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    stopped.TrySetResult();
};

await using var connection = await Connection.OpenAsync(args.FirstOrDefault() ?? "localhost");
await connection.SubscribeAsync(message => Console.WriteLine(message.Text));
Console.WriteLine("Listening.");
await stopped.Task;

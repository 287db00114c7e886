using OrleansBroker.ClientLib;

// Publishes each line of the console to the default queue. An argument names the server: Publisher host:30000
await using var connection = await Connection.OpenAsync(args.FirstOrDefault() ?? "localhost");
while (Console.ReadLine() is { } line)
{
    await connection.PublishAsync(line);
}

using OrleansBroker.ClientLib;

// Every subscriber has a queue of its own on the exchange, and gets every message.
await using var connection = await Connection.OpenAsync(args.FirstOrDefault() ?? "localhost");
await connection.CreateExchangeAsync("news", ExchangeType.Fanout);
await connection.CreateQueueAsync("kitchen", exchange: "news");
await connection.CreateQueueAsync("office", exchange: "news");

await connection.PublishAsync("It snows.", exchange: "news");

foreach (var room in (string[])["kitchen", "office"])
{
    await foreach (var delivery in connection.ReadAllAsync(room))
    {
        Console.WriteLine($"{room}: {delivery.Text}");
        await delivery.AckAsync();
        break;
    }
}

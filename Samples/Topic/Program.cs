using OrleansBroker.ClientLib;

// A binding's key is a pattern: * stands for one word, # for any number of them.
await using var connection = await Connection.OpenAsync(args.FirstOrDefault() ?? "localhost");
await connection.CreateExchangeAsync("weather", ExchangeType.Topic);
await connection.CreateQueueAsync("alps", exchange: "weather", routingKey: "*.alps.#");
await connection.CreateQueueAsync("storms", exchange: "weather", routingKey: "storm.#");

await connection.PublishAsync("Storm at the sea", exchange: "weather", routingKey: "storm.sea");
await connection.PublishAsync("Sun in the Alps", exchange: "weather", routingKey: "sun.alps.north");
await connection.PublishAsync("Storm in the Alps", exchange: "weather", routingKey: "storm.alps.south");

foreach (var queue in (string[])["alps", "storms"])
{
    var expected = 2;
    await foreach (var delivery in connection.ReadAllAsync(queue))
    {
        Console.WriteLine($"{queue}: {delivery.Text}");
        await delivery.AckAsync();
        if (--expected == 0)
        {
            break;
        }
    }
}

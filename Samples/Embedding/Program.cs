using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrleansBroker.ClientLib;
using OrleansBroker.Grains.Hosting;

// A silo of one's own with the broker in it: AddBroker is the one line. The client comes from the services and needs no socket.
var builder = Host.CreateApplicationBuilder();
builder.UseOrleans(silo => silo
    .UseLocalhostClustering()
    .AddBroker(broker => broker.Store.Provider = StoreProvider.Memory));

using var host = builder.Build();
await host.StartAsync();

var connection = host.Services.GetRequiredService<Connection>();
await connection.CreateQueueAsync("inside");
await connection.PublishAsync("Hello from the same process", queue: "inside");
await foreach (var delivery in connection.ReadAllAsync("inside"))
{
    Console.WriteLine(delivery.Text);
    await delivery.AckAsync();
    break;
}

await host.StopAsync();

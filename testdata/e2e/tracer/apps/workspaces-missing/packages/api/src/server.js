const { routes } = require("@example/routes");

routes().listen(process.env.PORT ?? 3000);
